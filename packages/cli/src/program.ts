/** What a command needs of the process that it has for itself. */
import type { CommandIo } from './command.ts';
import { UnhandledErrors } from './unhandled-errors.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** One Ctrl-C comes more than once: the terminal signals a whole group, and who started a program hands it on. */
const sameRequestMs = 500;

/**
 * Runs a command with the arguments, the input, the output and the signals of this process, and sets its exit code.
 * SIGINT, SIGTERM and SIGHUP end it in order, one that comes 500 ms later or more ends it at once. Once it listens to them, errors that
 * nobody handled do not end it: they are logged and counted, a last line says how many there were, and 0 becomes 1.
 */
export async function runProgram(
  run: (args: readonly string[], io: CommandIo) => Promise<number>,
): Promise<void> {
  // the reader of a pipe may go before this program does
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(1));
  const unhandled = new UnhandledErrors();
  const code = await run(process.argv.slice(2), {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    input: 0,
    ended() {
      unhandled.watch();
      return ended();
    },
  });
  process.exitCode = code === 0 && unhandled.count > 0 ? 1 : code;
  if (unhandled.count > 0) process.stderr.write(`unhandled errors: ${unhandled.count}\n`);
}

function ended(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const told = (): void => {
      if (first === undefined) {
        first = performance.now();
        resolve();
      } else if (performance.now() - first >= sameRequestMs) process.exit(1);
    };
    for (const signal of signals) process.on(signal, told);
  });
}
