/** The command line of the test server: lws's letters, read strictly. */
import { parseCommandLine, readNumber, UsageError } from '@lws-ts/cli';

/** What the command line asks for. */
export interface CliOptions {
  readonly port: number;
  readonly interface: string | undefined;
  readonly resourcePath: string | undefined;
  readonly debug: string | undefined;
  readonly help: boolean;
  readonly version: boolean;
}

export const defaultPort = 7681;

export const helpText = `Usage: lws-test-server [options]

Serves a page that counts and draws over WebSocket, and its files.

Options
  -p, --port N            port to listen on, 0 to 65535; 0: the system chooses (default ${defaultPort})
  -i, --interface NAME    network interface or address to listen on (default all)
  -r, --resource-path DIR directory to serve instead of the built-in page
  -d, --debug LEVELS      log levels: a mask of lws (err 1, warn 2, notice 4, info 8, debug 16, ...)
                          or names separated by commas (default 7: err,warn,notice)
  -h, --help              print this and end
  -v, --version           print the version and end

Signals
  SIGINT, SIGTERM         end in order; a second one ends at once

Exit codes
  0 ended in order, 1 could not run, 2 the command line is wrong
`;

/** Letters of libwebsockets' own test server that have no meaning here yet. */
const reserved: Readonly<Record<string, string>> = {
  s: 'TLS',
  S: 'TLS info events',
  a: 'plain connections on a TLS port',
  C: 'a certificate',
  K: 'a private key',
  A: 'a certificate authority',
  R: 'a revocation list',
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
  debug: { type: 'string', short: 'd' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/** @throws {UsageError} */
export function readCommandLine(args: readonly string[]): CliOptions {
  for (const arg of args) {
    const letter = /^-([A-Za-z])/.exec(arg)?.[1] ?? '';
    const what = reserved[letter];
    if (what !== undefined)
      throw new UsageError(`-${letter} (${what}) is reserved and not there yet`);
  }
  const { values } = parseCommandLine(args, accepted, false);
  return {
    port: readNumber(values.port, '--port', 0, 65_535) ?? defaultPort,
    interface: values.interface,
    resourcePath: values['resource-path'],
    debug: values.debug,
    help: values.help ?? false,
    version: values.version ?? false,
  };
}
