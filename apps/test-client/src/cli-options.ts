/** The command line of the test client: lws's letters, read strictly. */
import { parseCommandLine, readNumber, UsageError } from '@lws-ts/cli';

import type { ClientTls } from './tls-options.ts';

/** What the command line asks for. */
export interface CliOptions {
  readonly url: string;
  readonly tls: ClientTls;
  readonly undeflated: boolean;
  readonly multi: boolean;
  readonly noMirror: boolean;
  readonly justMirror: boolean;
  readonly longLived: boolean;
  /** lws: -o */
  readonly post: boolean;
  readonly pingSecs: number | undefined;
  /** Delays after failures, in ms; none: it gives up at once. */
  readonly retryMs: readonly number[] | undefined;
  readonly json: boolean;
  readonly debug: string;
  readonly help: boolean;
}

export const defaultPort = 7681;

export const helpText = `Usage: lws-test-client [options] URL

Opens two connections to a test server at URL, ws:// or wss://host[:port][/path]: it prints the
numbers of dumb-increment-protocol, and draws circles over lws-mirror-protocol that everyone with
the server's page open sees. For raw://host:port, and raws:// over TLS, it prints what arrives and
sends what is typed, until it ends. For http:// and https:// it prints the answer and exits.
Without a scheme, URL is host[:port][/path] and the port is that of -p.

Options
  -p, --port N            port if URL names none, 1 to 65535 (default ${defaultPort}; with a scheme
                          its own, 80 for ws://)
  -v, --version N         version of the WebSocket protocol; there is only 13
  -s, --ssl               wss:// if URL has no scheme; certificates of unknown issuers or for
                          other names are accepted: for tests. Refused with ws://, like the
                          next five
  -S, --ssl-strict        wss:// if URL has no scheme, and certificates have to be valid
  -A, --ssl-ca FILE       CAs to trust for servers, PEM (default those of the system)
  -R, --ssl-crl FILE      revocation lists for server certificates, PEM
  -C, --ssl-cert FILE     certificate to show to servers that ask for one, PEM
  -K, --ssl-key FILE      its private key, PEM
  -u, --undeflated        do not offer permessage-deflate
  -m, --multi-test        three counters and no mirror; all are asked to write every 5 s
  -n, --nomirror          the mirror connection draws nothing
  -j, --justmirror        only the mirror, endlessly
  -l, --longlived         draw 500000 more circles before the mirror closes and reconnects
  -o, --post              for http:// and https://: send a form by POST
  -P, --ping-secs N       ping a server that was silent for N seconds, drop it after N more
      --retry-ms LIST     delays after successive failures, in ms; after the last it gives up.
                          none: gives up at once (default 1000,2000,3000,5000,5000)
      --json              print one JSON object per line
  -d, --debug LEVELS      log levels: a mask of lws (err 1, warn 2, notice 4, info 8, ...)
                          or names separated by commas (default 3: err,warn)
  -h, --help              print this and exit

Signals
  SIGINT, SIGTERM, SIGHUP shut it down cleanly; a second one ends it at once

Exit codes
  0 ended cleanly, 1 gave up after failures or could not run, 2 the command line is wrong
`;

const accepted = {
  port: { type: 'string', short: 'p' },
  version: { type: 'string', short: 'v' },
  ssl: { type: 'boolean', short: 's' },
  'ssl-strict': { type: 'boolean', short: 'S' },
  'ssl-ca': { type: 'string', short: 'A' },
  'ssl-crl': { type: 'string', short: 'R' },
  'ssl-cert': { type: 'string', short: 'C' },
  'ssl-key': { type: 'string', short: 'K' },
  undeflated: { type: 'boolean', short: 'u' },
  'multi-test': { type: 'boolean', short: 'm' },
  nomirror: { type: 'boolean', short: 'n' },
  justmirror: { type: 'boolean', short: 'j' },
  longlived: { type: 'boolean', short: 'l' },
  post: { type: 'boolean', short: 'o' },
  'ping-secs': { type: 'string', short: 'P' },
  'retry-ms': { type: 'string' },
  json: { type: 'boolean' },
  debug: { type: 'string', short: 'd' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Those that mean nothing to raw sockets and to HTTP. */
const ofWebSocket = [
  'undeflated',
  'multi-test',
  'nomirror',
  'justmirror',
  'longlived',
  'ping-secs',
] as const;

/** Those that mean nothing without TLS. */
const ofTls = ['ssl', 'ssl-strict', 'ssl-ca', 'ssl-crl', 'ssl-cert', 'ssl-key'] as const;

/** @throws {UsageError} */
export function readCommandLine(args: readonly string[]): CliOptions {
  const { values, positionals } = parseCommandLine(args, accepted, true);
  const help = values.help ?? false;
  if (!help && positionals.length !== 1)
    throw new UsageError(`one URL is needed, not ${positionals.length}`);
  if (values.version !== undefined && values.version !== '13')
    throw new UsageError(`--version is "${values.version}"; there is only 13 (RFC 6455)`);
  if (values['multi-test'] === true && (values.justmirror === true || values.nomirror === true))
    throw new UsageError('-m opens no mirror: it cannot be combined with -j or -n');
  if (values.ssl === true && values['ssl-strict'] === true)
    throw new UsageError('-s accepts what -S refuses: give one of them');
  if ((values['ssl-cert'] === undefined) !== (values['ssl-key'] === undefined))
    throw new UsageError('-C and -K go together: a certificate and its key');
  const plain = /^(raw|http)s?:/i.exec(positionals[0] ?? '')?.[1]?.toLowerCase();
  const foreign = ofWebSocket.find((name) => plain !== undefined && values[name] !== undefined);
  if (foreign !== undefined) throw new UsageError(`--${foreign} means nothing to ${plain}://`);
  if (values.post === true && !/^https?:/i.test(positionals[0] ?? 'http:'))
    throw new UsageError('-o sends a form by HTTP: give an http:// or https:// URL');
  const scheme = values.ssl === true || values['ssl-strict'] === true ? 'wss' : 'ws';
  const url = help ? '' : readUrl(positionals[0] ?? '', values.port, scheme);
  const ofPlain = /^(ws|http|raw):/.exec(url)?.[1];
  const withTls = ofTls.find((name) => ofPlain !== undefined && values[name] !== undefined);
  if (withTls !== undefined)
    throw new UsageError(`--${withTls} needs TLS, and ${ofPlain}:// has none: give ${ofPlain}s://`);
  return {
    url,
    tls: {
      lax: values.ssl ?? false,
      caFilepath: values['ssl-ca'],
      crlFilepath: values['ssl-crl'],
      certFilepath: values['ssl-cert'],
      keyFilepath: values['ssl-key'],
    },
    undeflated: values.undeflated ?? false,
    multi: values['multi-test'] ?? false,
    noMirror: values.nomirror ?? false,
    justMirror: values.justmirror ?? false,
    longLived: values.longlived ?? false,
    post: values.post ?? false,
    pingSecs: readNumber(values['ping-secs'], '--ping-secs', 1, 86_400),
    retryMs: readDelays(values['retry-ms']),
    json: values.json ?? false,
    // failures have a line of their own
    debug: values.debug ?? 'err,warn',
    help,
  };
}

/** The URL to connect to: with a scheme, a port and a path. */
function readUrl(given: string, portOption: string | undefined, scheme: 'ws' | 'wss'): string {
  const port = readNumber(portOption, '--port', 1, 65_535);
  const schemed = /^[a-z][a-z0-9+.-]*:\/\//i.test(given);
  const text = schemed ? given : `${scheme}://${given}`;
  const authority = /^[a-z]+:\/\/([^/?#]*)/i.exec(text)?.[1] ?? '';
  const named = /:\d+$/.test(authority);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError(
      `${JSON.stringify(given)} is not a URL like ws://localhost:${defaultPort}/`,
    );
  }
  if (url.hostname === '') throw new UsageError(`${JSON.stringify(given)} names no host`);
  if (url.port === '0') throw new UsageError(`${JSON.stringify(given)} names port 0`);
  if (text.includes('#'))
    throw new UsageError(`${JSON.stringify(given)} has a fragment (RFC 6455 §3)`);
  if (url.protocol === 'raw:' || url.protocol === 'raws:') {
    if (!named && port === undefined) throw new UsageError(`${url.protocol}// needs a port`);
    if (!named) url.port = String(port);
    return url.href;
  }
  if (!/^(?:wss?|https?):$/.test(url.protocol))
    throw new UsageError(
      `${url.protocol}// is none of ws://, wss://, http://, https:// and raw://`,
    );
  if (!named && (port !== undefined || !schemed)) url.port = String(port ?? defaultPort);
  return url.href;
}

function readDelays(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined;
  if (text === 'none') return [];
  return text.split(',').map((one) => readNumber(one, '--retry-ms', 1, 86_400_000) as number);
}
