/** Reading a command line strictly: what is not understood is refused with a reason. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { LwsError } from '@lws-ts/interface';
import { cliErrors } from './errors.ts';

/** A command line that cannot be read; the message says why. Exit code 2. */
export class UsageError extends LwsError {
  override readonly name = 'UsageError';

  constructor(detail: string) {
    super(cliErrors.LWS_ERR_USAGE, detail);
  }
}

/** What `parseArgs` of Node.js gives for these options. */
export type ParsedCommandLine<
  Options extends NonNullable<ParseArgsConfig['options']>,
  Positionals extends boolean,
> = ReturnType<typeof parseArgs<{ options: Options; strict: true; allowPositionals: Positionals }>>;

/**
 * `parseArgs` of Node.js, strict.
 *
 * @throws {UsageError} for an option that is unknown, and a value that is missing or too many
 */
export function parseCommandLine<
  const Options extends NonNullable<ParseArgsConfig['options']>,
  const Positionals extends boolean,
>(
  args: readonly string[],
  options: Options,
  allowPositionals: Positionals,
): ParsedCommandLine<Options, Positionals> {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals });
  } catch (error) {
    throw new UsageError(shortened(error instanceof Error ? error.message : String(error)));
  }
}

/**
 * The value of an option, in decimal digits.
 *
 * @returns undefined when the option was not given
 * @throws {UsageError} that names the option and its range, `least` to `most`
 */
export function readNumber(
  text: string | undefined,
  option: string,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : -1;
  if (value >= least && value <= most) return value;
  throw new UsageError(`${option} is "${text}", not a number from ${least} to ${most}`);
}

/** On one line, and without how a positional is written that begins with a dash. */
function shortened(text: string): string {
  return text.replace(/\. To specify a positional.*/s, '').replaceAll('\n', ' ');
}
