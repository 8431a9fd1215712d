/** Reads where a client is to go, from a URL or from lws's parts of one. */
import { type ClientTarget, interfaceErrors, LwsError } from '@lws-ts/interface';
import { checkUnixPath } from './unix-path.ts';

const defaultPorts: ReadonlyMap<string, number> = new Map([
  ['ws', 80],
  ['wss', 443],
  ['http', 80],
  ['https', 443],
]);
const secureSchemes: ReadonlySet<string> = new Set(['wss', 'https', 'raws']);

/**
 * Reads `scheme://[user:password@]host[:port][/path][?query]`, or `scheme+unix:/socket/path[:/path]`.
 *
 * @param base what a relative URL is resolved against
 * @throws `LWS_ERR_OPTION` for what is no URL, has a fragment, or needs a port and has none
 */
export function readClientTarget(url: string | URL, base?: string): ClientTarget {
  let read: URL;
  try {
    read = new URL(url, base);
  } catch (cause) {
    throw refused(`${JSON.stringify(String(url).slice(0, 200))} is not a URL`, cause);
  }
  if (read.hash !== '' || read.href.endsWith('#'))
    throw refused(`${shown(read)} has a fragment (RFC 6455 §3)`);
  const scheme = read.protocol.slice(0, -1);
  const credentials =
    read.username === '' && read.password === ''
      ? ''
      : `${decode(read.username)}:${decode(read.password)}`;
  if (scheme.endsWith('+unix')) return unixTarget(read, scheme.slice(0, -5), credentials);
  const host = read.hostname.startsWith('[') ? read.hostname.slice(1, -1) : read.hostname;
  const port = read.port === '' ? defaultPorts.get(scheme) : Number(read.port);
  if (host === '') throw refused(`${shown(read)} names no host`);
  if (port === undefined || port === 0)
    throw refused(`${shown(read)} names no port, and ${scheme}: has none of its own`);
  return {
    scheme,
    secure: secureSchemes.has(scheme),
    host,
    port,
    socketPath: undefined,
    authority: read.host,
    path: `${read.pathname === '' ? '/' : read.pathname}${read.search}`,
    credentials,
  };
}

/** Parts of a URL as lws takes them. lws: struct lws_client_connect_info */
export interface TargetParts {
  /** Name or address; `+/path` is a unix socket. */
  readonly address: string;
  readonly port: number | undefined;
  readonly path: string;
  readonly scheme: string;
}

/** @throws `LWS_ERR_OPTION` */
export function joinTarget({ address, port, path, scheme }: TargetParts): ClientTarget {
  if (!path.startsWith('/')) throw refused(`path is ${JSON.stringify(path)}, not one with a slash`);
  if (address.startsWith('+')) {
    const socketPath = address.slice(1).split('/').map(encodeURIComponent).join('/');
    return readClientTarget(`${scheme}+unix:${socketPath}:${path}`);
  }
  if (/[/?#@\\]/.test(address)) throw refused(`address is ${JSON.stringify(address)}, not a host`);
  const bare = address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
  const target = `${scheme}://${bare}${port === undefined ? '' : `:${port}`}`;
  return readClientTarget(`${target}${path}`);
}

function unixTarget(read: URL, scheme: string, credentials: string): ClientTarget {
  const colon = read.pathname.indexOf(':');
  const socketPath = decode(colon < 0 ? read.pathname : read.pathname.slice(0, colon));
  if (socketPath === '' || socketPath === '/') throw refused(`${shown(read)} names no socket`);
  checkUnixPath(socketPath, shown(read));
  // one slash too few, most likely
  if (read.host !== '') throw refused(`${shown(read)} names a host`);
  const path = colon < 0 ? '/' : read.pathname.slice(colon + 1);
  if (path !== '' && !path.startsWith('/'))
    throw refused(`the path of ${shown(read)} has no slash`);
  return {
    scheme,
    secure: secureSchemes.has(scheme),
    host: 'localhost',
    port: defaultPorts.get(scheme) ?? 0,
    socketPath,
    authority: 'localhost',
    path: `${path === '' ? '/' : path}${read.search}`,
    credentials,
  };
}

/** In a message, which others may read: without its password. */
function shown(url: URL): string {
  const read = new URL(url);
  if (read.password !== '') read.password = '***';
  return JSON.stringify(read.href.slice(0, 200));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function refused(detail: string, cause?: unknown): LwsError {
  return new LwsError(interfaceErrors.LWS_ERR_OPTION, detail, { cause });
}
