/** The command `lws-fraggle`, from its arguments to its exit code. */
import { randomInt } from 'node:crypto';
import { createRequire } from 'node:module';
import { networkInterfaces } from 'node:os';
import { type Command, type CommandIo, runCommand } from '@lws-ts/cli';
import type { LwsContext } from 'lws-ts';
import { type CliOptions, helpText, readCommandLine } from './cli-options.ts';
import { type FraggleReport, runFraggleClient } from './client.ts';
import { Printer, shownClose } from './printer.ts';
import { startFraggleServer } from './server.ts';

const { version } = createRequire(import.meta.url)('../package.json') as {
  readonly version: string;
};
const closeDeadlineSecs = 5;

const command: Command<CliOptions> = {
  name: 'lws-fraggle',
  read: readCommandLine,
  text: ({ help, version: shown }) => (help ? helpText : shown ? `${version}\n` : undefined),
  run: (options, io) => {
    const printer = new Printer(io, options.json);
    return options.host === undefined
      ? serve(options, io, printer)
      : connect(options, options.host, io, printer);
  },
};

/** Runs the command and gives its exit code: 0 all was right, 1 it was not, 2 wrong command line. */
export function runFraggle(args: readonly string[], io: CommandIo): Promise<number> {
  return runCommand(command, args, io);
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
  const over = options.ssl ? ', over TLS' : '';
  printer.say('listening', `fraggle server on port ${port}, seed ${seed}${over}`, { port, seed });
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
  const short = rounds !== undefined && (report.rounds < rounds || (both && report.sent < rounds));
  const { closeCode, closeReason } = report;
  if (!short && (told || closeCode === 1000 || closeCode === 1001)) return undefined;
  const sent = both ? ` received and ${report.sent} sent` : '';
  const wanted = rounds === undefined ? '' : ` of ${rounds}`;
  const how = told
    ? 'told to end'
    : `the connection ended with close code ${shownClose(closeCode, closeReason)}`;
  return `${how} after ${report.rounds}${wanted} rounds${sent}`;
}

function shared({ rounds, both, deflate, ssl }: CliOptions, { watcher }: Printer) {
  return { ...(rounds === undefined ? {} : { rounds }), both, deflate, ssl, watcher };
}

function portOf(context: LwsContext): number {
  return context.vhosts[0]?.port ?? -1;
}

/** The first address of a network interface, or what was given. */
function addressOf(name: string): string {
  return networkInterfaces()[name]?.[0]?.address ?? name;
}
