/** A command of an app, from its arguments to its exit code; where it writes and what ends it are given. */
import { coreErrors, setLogLevel } from '@lws-ts/core';
import { UsageError } from './command-line.ts';

/** What a command says and listens to. */
export interface CommandIo {
  out(text: string): void;
  err(text: string): void;
  /** What is typed: a descriptor or a stream that can be adopted. Undefined: nothing is. */
  readonly input?: number | object;
  /** Settles when the program is told to end; called once it runs. */
  ended(): Promise<void>;
}

type Hints = Readonly<Record<string, string>>;

/** One command; `Options` is what its command line asks for. */
export interface Command<Options extends { readonly debug?: string | undefined }> {
  /** Stands in front of what goes wrong. */
  readonly name: string;
  /** By error code: hints in the words of this command, in place of those that name options of the API. */
  readonly hints?: Hints;
  /** @throws {UsageError} */
  read(args: readonly string[]): Options;
  /** What is printed in place of running: the help, the version. Undefined: run. */
  text(options: Options): string | undefined;
  /** Gives the exit code. */
  run(options: Options, io: CommandIo): Promise<number>;
}

/**
 * Reads the command line, sets the log level that `debug` asks for, and runs the command.
 *
 * @returns the exit code of `run`; 1 when it threw, 2 for a wrong command line, each with one line that says why
 */
export async function runCommand<Options extends { readonly debug?: string | undefined }>(
  command: Command<Options>,
  args: readonly string[],
  io: CommandIo,
): Promise<number> {
  let options: Options;
  try {
    options = command.read(args);
    if (options.debug !== undefined) setLogLevel(options.debug);
  } catch (error) {
    io.err(`${command.name}: ${messageOf(error, command.hints)}\n`);
    return isUsage(error) ? 2 : 1;
  }
  const text = command.text(options);
  if (text !== undefined) {
    io.out(text);
    return 0;
  }
  try {
    return await command.run(options, io);
  } catch (error) {
    io.err(`${command.name}: ${messageOf(error, command.hints)}\n`);
    return 1;
  }
}

function isUsage(error: unknown): boolean {
  return (
    error instanceof UsageError || memberOf(error, 'code') === coreErrors.LWS_ERR_LOG_LEVEL.code
  );
}

/** Code, message and hint of an error, as far as it has them. */
function messageOf(error: unknown, hints: Hints = {}): string {
  if (!(error instanceof Error)) return String(error);
  const code = memberOf(error, 'code');
  const own = code === undefined ? undefined : hints[code];
  const hint = own ?? memberOf(error, 'hint');
  const message = code === undefined ? error.message : `${code}: ${error.message}`;
  return hint === undefined ? message : `${message} (${hint})`;
}

function memberOf(error: unknown, name: 'code' | 'hint'): string | undefined {
  const value =
    error instanceof Error ? (error as { code?: unknown; hint?: unknown })[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}
