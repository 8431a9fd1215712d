/** The command line of fraggle: the original's letters, read strictly. */
import { parseCommandLine, readNumber, UsageError } from '@lws-ts/cli';

/** What the command line asks for. */
export interface CliOptions {
  /** The server to connect to; undefined: be the server. */
  readonly host: string | undefined;
  readonly port: number;
  readonly interface: string | undefined;
  readonly seed: number | undefined;
  readonly rounds: number | undefined;
  readonly both: boolean;
  readonly deflate: boolean;
  readonly json: boolean;
  readonly ssl: boolean;
  readonly debug: string;
  readonly help: boolean;
  readonly version: boolean;
}

export const defaultPort = 7681;

export const helpText = `Usage: lws-fraggle [options]             run as server
       lws-fraggle -c [options] HOST     run as client

The server sends random fragments of random sizes, then the sum of their bytes, and so on.
The client sums what it gets and says whether both sums are the same.

Options
  -c, --client            run as client of the server at HOST
  -p, --port N            port of the server, 1 to 65535; without -c also 0: the system
                          chooses (default ${defaultPort})
  -i, --interface NAME    network interface or address to listen on (default all); for a
                          client, the address to connect from
  -n, --rounds N          close a connection after N rounds, 1 to 2147483647 (default never)
      --both              the client sends rounds too, and the server compares their sums; give
                          it to both sides
      --seed N            seed of what is sent, 0 to 4294967295 (default: random)
      --deflate           compress with permessage-deflate; give it to both sides
  -s, --ssl               wss://; a server uses a development certificate, and a client accepts
                          those of unknown issuers or for other names: for tests
      --json              print one JSON object per line
  -d, --debug LEVELS      log levels: a mask of lws (err 1, warn 2, notice 4, info 8, ...)
                          or names separated by commas (default 3: err,warn)
  -h, --help              print this and exit
  -v, --version           print the version and exit

Signals
  SIGINT, SIGTERM, SIGHUP shut it down cleanly; a second one ends it at once

Exit codes
  0 ended cleanly and all sums were right
  1 could not run or connect, a sum was wrong, or the connection of a client ended before -n
  2 the command line is wrong
`;

const mostRounds = 2 ** 31 - 1;
const mostSeed = 2 ** 32 - 1;

const accepted = {
  client: { type: 'boolean', short: 'c' },
  port: { type: 'string', short: 'p' },
  interface: { type: 'string', short: 'i' },
  rounds: { type: 'string', short: 'n' },
  both: { type: 'boolean' },
  seed: { type: 'string' },
  deflate: { type: 'boolean' },
  json: { type: 'boolean' },
  debug: { type: 'string', short: 'd' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  ssl: { type: 'boolean', short: 's' },
} as const;

/** @throws {UsageError} */
export function readCommandLine(args: readonly string[]): CliOptions {
  const { values, positionals } = parseCommandLine(args, accepted, true);
  const client = values.client ?? false;
  const both = values.both ?? false;
  if (values.interface === '') throw new UsageError('--interface is empty');
  const help = values.help ?? false;
  const version = values.version ?? false;
  if (!help && !version && positionals.length !== (client ? 1 : 0))
    throw new UsageError(
      client
        ? `-c needs the address of one server, not ${positionals.length}`
        : `${positionals.join(' ')}: only a client (-c) takes the address of a server`,
    );
  const host = client ? positionals[0] : undefined;
  if (host !== undefined && !isHost(host))
    throw new UsageError(`${JSON.stringify(host)} is not the name or address of a server`);
  if (client && !both && values.seed !== undefined)
    throw new UsageError('--seed is for the side that sends: the server, or a client with --both');
  return {
    host,
    port: readNumber(values.port, '--port', client ? 1 : 0, 65_535) ?? defaultPort,
    interface: values.interface,
    seed: readNumber(values.seed, '--seed', 0, mostSeed),
    rounds: readNumber(values.rounds, '--rounds', 1, mostRounds),
    both,
    deflate: values.deflate ?? false,
    json: values.json ?? false,
    ssl: values.ssl ?? false,
    // failures have a line of their own
    debug: values.debug ?? 'err,warn',
    help,
    version,
  };
}

/** A name or an address without a port, or a unix socket as `+/path`. */
function isHost(text: string): boolean {
  if (text.startsWith('+/')) return true;
  const bare = text.includes(':') && !text.startsWith('[') ? `[${text}]` : text;
  return !/[\s/?#@\\]|\]./.test(bare) && URL.canParse(`ws://${bare}`);
}
