/** The command line of the test server: lws's letters, read strictly. */
import { parseCommandLine, readNumber, UsageError } from '@lws-ts/cli';

/** What the command line asks for. */
export interface CliOptions {
  readonly port: number;
  readonly interface: string | undefined;
  readonly resourcePath: string | undefined;
  /** Of a FIFO to print; undefined: none. */
  readonly fifoPath: string | undefined;
  /** Nobody asked for that one: without it the server goes on. */
  readonly fifoByDefault: boolean;
  readonly debug: string | undefined;
  /** Undefined: no TLS. */
  readonly ssl: SslOptions | undefined;
  readonly help: boolean;
  readonly version: boolean;
}

/** What `-s` and the letters beside it ask for. */
export interface SslOptions {
  /** Undefined, with `key`: those for development. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
  readonly crl: string | undefined;
  readonly verifyClient: boolean;
  readonly allowNonSsl: boolean;
  readonly alerts: boolean;
}

export const defaultPort = 7681;
export const defaultFifo = '/tmp/lws-test-raw';

export const helpText = `Usage: lws-test-server [options]

Serves a page that counts and draws over WebSocket, and its files. Anything on its port that isn't
HTTP, from telnet for example, is sent back (with -s: over TLS, or with -a); what is written to its
FIFO is printed.

Options
  -p, --port N            port to listen on, 0 to 65535; 0: the system chooses (default ${defaultPort})
  -i, --interface NAME    network interface or address to listen on (default all)
  -r, --resource-path DIR directory to serve instead of the built-in page
  -f, --fifo PATH         FIFO to create and print; none: no FIFO (default ${defaultFifo})
  -s, --ssl               serve https:// and wss://; plain HTTP is redirected there. Without -C
                          and -K with a development certificate, made once for this machine
  -C, --ssl-cert FILE     certificate and those that issued it, PEM
  -K, --ssl-key FILE      its private key, PEM
  -A, --ssl-ca FILE       CAs of client certificates, PEM
  -v, --ssl-verify-client clients need a certificate from a CA of -A
  -R, --ssl-crl FILE      revocation lists for client certificates, PEM
  -a, --allow-non-ssl     serve plain HTTP on the same port too
  -S, --ssl-alerts        print the events of TLS handshakes: where and ret of OpenSSL
  -d, --debug LEVELS      log levels: a mask of lws (err 1, warn 2, notice 4, info 8, debug 16, ...)
                          or names separated by commas (default 7: err,warn,notice)
  -h, --help              print this and exit
      --version           print the version and exit

Signals
  SIGINT, SIGTERM, SIGHUP shut it down cleanly; a second one ends it at once

Exit codes
  0 ended cleanly, 1 could not run, 2 the command line is wrong
`;

/** Letters of libwebsockets' own test server that have no meaning here yet. */
const reserved: Readonly<Record<string, string>> = {
  D: 'a daemon',
  u: 'a user to become',
  g: 'a group to become',
  k: 'binding to a device',
  e: 'another event loop',
  c: 'a close test',
  P: 'a ping interval',
};

const accepted = {
  port: { type: 'string', short: 'p' },
  interface: { type: 'string', short: 'i' },
  'resource-path': { type: 'string', short: 'r' },
  fifo: { type: 'string', short: 'f' },
  debug: { type: 'string', short: 'd' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  ssl: { type: 'boolean', short: 's' },
  'ssl-cert': { type: 'string', short: 'C' },
  'ssl-key': { type: 'string', short: 'K' },
  'ssl-ca': { type: 'string', short: 'A' },
  'ssl-crl': { type: 'string', short: 'R' },
  'ssl-verify-client': { type: 'boolean', short: 'v' },
  'allow-non-ssl': { type: 'boolean', short: 'a' },
  'ssl-alerts': { type: 'boolean', short: 'S' },
} as const;

/** Those that name a place: an empty one would be where the server was started. */
const ofPlaces = [
  'interface',
  'resource-path',
  'fifo',
  'ssl-cert',
  'ssl-key',
  'ssl-ca',
  'ssl-crl',
] as const;

/** Those that mean nothing without `-s`. */
const ofSsl = [
  'ssl-cert',
  'ssl-key',
  'ssl-ca',
  'ssl-crl',
  'ssl-verify-client',
  'allow-non-ssl',
  'ssl-alerts',
] as const;

/** @throws {UsageError} */
export function readCommandLine(args: readonly string[]): CliOptions {
  for (const arg of args) {
    const letter = /^-([A-Za-z])/.exec(arg)?.[1] ?? '';
    const what = reserved[letter];
    if (what !== undefined)
      throw new UsageError(`-${letter} (${what}) is reserved and not implemented yet`);
  }
  const { values } = parseCommandLine(args, accepted, false);
  for (const name of ofPlaces) if (values[name] === '') throw new UsageError(`--${name} is empty`);
  return {
    port: readNumber(values.port, '--port', 0, 65_535) ?? defaultPort,
    interface: values.interface,
    resourcePath: values['resource-path'],
    fifoPath: values.fifo === 'none' ? undefined : (values.fifo ?? defaultFifo),
    fifoByDefault: values.fifo === undefined,
    debug: values.debug,
    ssl: readSsl(values),
    help: values.help ?? false,
    version: values.version ?? false,
  };
}

type Values = ReturnType<typeof parseCommandLine<typeof accepted, false>>['values'];

function readSsl(values: Values): SslOptions | undefined {
  if (values.ssl !== true) {
    const alone = ofSsl.find((name) => values[name] !== undefined);
    if (alone !== undefined) throw new UsageError(`--${alone} needs -s`);
    return undefined;
  }
  const [cert, key, ca] = [values['ssl-cert'], values['ssl-key'], values['ssl-ca']];
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError('-C and -K go together: a certificate and its key');
  const verifyClient = values['ssl-verify-client'] ?? false;
  if (verifyClient && ca === undefined)
    throw new UsageError('-v needs -A: the CAs of client certificates');
  const crl = values['ssl-crl'];
  if (crl !== undefined && !verifyClient)
    throw new UsageError('-R needs -v: otherwise no client is asked for a certificate');
  return {
    cert,
    key,
    ca,
    crl,
    verifyClient,
    allowNonSsl: values['allow-non-ssl'] ?? false,
    alerts: values['ssl-alerts'] ?? false,
  };
}
