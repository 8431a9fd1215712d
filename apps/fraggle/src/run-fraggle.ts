/** The command `lws-fraggle`, from its arguments to its exit code. */
import { randomInt } from 'node:crypto';
import { createRequire } from 'node:module';
import { networkInterfaces } from 'node:os';
import { type LwsContext, setLogLevel } from 'lws-ts';
import { type CliOptions, helpText, readCommandLine, UsageError } from './cli-options.ts';
import { type FraggleReport, runFraggleClient } from './client.ts';
import { type Output, Printer } from './printer.ts';
import { startFraggleServer } from './server.ts';

/** What the command says and listens to. */
export interface CommandIo extends Output {
  /** Settles when the program is told to end; called once it runs. */
  ended(): Promise<void>;
}

const { version } = createRequire(import.meta.url)('../package.json') as {
  readonly version: string;
};
const closeDeadlineSecs = 5;

/** Runs the command and gives its exit code: 0 all was right, 1 it was not, 2 wrong command line. */
export async function runFraggle(args: readonly string[], io: CommandIo): Promise<number> {
  let options: CliOptions;
  try {
    options = readCommandLine(args);
    if (options.debug !== undefined) setLogLevel(options.debug);
  } catch (error) {
    io.err(`lws-fraggle: ${messageOf(error)}\nTry lws-fraggle --help\n`);
    return error instanceof UsageError || codeOf(error) === 'LWS_ERR_LOG_LEVEL' ? 2 : 1;
  }
  if (options.help || options.version) {
    io.out(options.help ? helpText : `${version}\n`);
    return 0;
  }
  const printer = new Printer(io, options.json);
  try {
    return options.host === undefined
      ? await serve(options, io, printer)
      : await connect(options, options.host, io, printer);
  } catch (error) {
    io.err(`lws-fraggle: ${messageOf(error)}\n`);
    return 1;
  }
}

async function serve(options: CliOptions, io: CommandIo, printer: Printer): Promise<number> {
  const seed = options.seed ?? randomInt(2 ** 32);
  const context = await startFraggleServer({
    ...shared(options, printer),
    seed,
    port: options.port,
    ...(options.interface === undefined ? {} : { interface: options.interface }),
  });
  const port = portOf(context);
  printer.say('listening', `fraggle server on port ${port}, seed ${seed}`, { port, seed });
  await io.ended();
  await context.close({ deadlineSecs: closeDeadlineSecs });
  return printer.errors === 0 ? 0 : 1;
}

async function connect(
  options: CliOptions,
  host: string,
  io: CommandIo,
  printer: Printer,
): Promise<number> {
  const { port, rounds, both, interface: from } = options;
  const seed = both ? (options.seed ?? randomInt(2 ** 32)) : undefined;
  const seeded = seed === undefined ? '' : `, seed ${seed}`;
  printer.say('connecting', `connecting to ${host}:${port}${seeded}`, { host, port, seed });
  const ending = new AbortController();
  void io.ended().then(() => ending.abort());
  const report = await runFraggleClient({
    ...shared(options, printer),
    ...(seed === undefined ? {} : { seed }),
    ...(from === undefined ? {} : { localAddress: addressOf(from) }),
    host,
    port,
    signal: ending.signal,
  });
  const fault = faultOf(report, { rounds, both, told: ending.signal.aborted });
  printer.say('end', `${report.rounds} rounds, ${report.errors} errors`, { ...report });
  if (fault !== undefined) io.err(`lws-fraggle: ${fault}\n`);
  return fault === undefined ? 0 : 1;
}

/** What was wrong with a connection, if anything was. */
function faultOf(
  report: FraggleReport,
  { rounds, both, told }: { rounds: number | undefined; both: boolean; told: boolean },
): string | undefined {
  if (report.errors > 0) return `${report.errors} of ${report.rounds} sums were wrong`;
  if (told) return undefined;
  const short = rounds !== undefined && (report.rounds < rounds || (both && report.sent < rounds));
  if (!short && (report.closeCode === 1000 || report.closeCode === 1001)) return undefined;
  const sent = both ? ` received and ${report.sent} sent` : '';
  const wanted = rounds === undefined ? '' : ` of ${rounds}`;
  return `the connection ended with close code ${report.closeCode} after ${report.rounds}${wanted} rounds${sent}`;
}

function shared({ rounds, both, deflate }: CliOptions, { watcher }: Printer) {
  return { ...(rounds === undefined ? {} : { rounds }), both, deflate, watcher };
}

function portOf(context: LwsContext): number {
  return context.vhosts[0]?.port ?? -1;
}

/** The first address of a network interface, or what was given. */
function addressOf(name: string): string {
  return networkInterfaces()[name]?.[0]?.address ?? name;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { hint } = error as { readonly hint?: unknown };
  const code = codeOf(error);
  const name = code === undefined ? '' : `${code}: `;
  return typeof hint === 'string' ? `${name}${error.message} (${hint})` : `${name}${error.message}`;
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { readonly code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
