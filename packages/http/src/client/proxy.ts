/** Which proxy a connection goes through: the one that the call names, else the environment's. */
import { readAddressList, readClientTarget } from '@lws-ts/core';
import {
  type ClientTarget,
  type DialTarget,
  interfaceErrors,
  LwsError,
  percentDecoded,
} from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import type { TunnelUser } from './proxy-tunnel.ts';

/** A proxy and how it is spoken to. */
export interface ProxyTarget extends DialTarget, TunnelUser {
  readonly kind: 'connect' | 'socks5';
}

/** What the option `proxy` says: false for none, undefined for the environment's. */
export type ProxyOption = ProxyTarget | false | undefined;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `http://[user:password@]host:port` or `socks5://…`; without a scheme it is http, as in lws.
 *
 * @throws `LWS_ERR_OPTION`
 */
export function readProxy(text: string): ProxyTarget {
  const url = text.includes('://') ? text : `http://${text}`;
  const mark = url.indexOf('://');
  const scheme = url.slice(0, mark).toLowerCase();
  const socks = scheme === 'socks5' || scheme === 'socks5h' || scheme === 'socks';
  if (!socks && scheme !== 'http') throw refused(`proxy is ${scheme}:, not http: or socks5:`);
  const rest = url.slice(mark);
  const whole = socks
    ? `socks5${hasPort(rest) ? rest : `${rest.replace(/\/?$/, '')}:1080`}`
    : `http${rest}`;
  const { host, port } = readClientTarget(whole);
  // apart: decoded, each may have a colon
  const { username, password: word } = new URL(whole);
  const user = percentDecoded(username);
  const password = percentDecoded(word);
  // RFC 1929 §2
  if (socks && [user, password].some((part) => Buffer.byteLength(part) > 255))
    throw refused('the user or the password of the proxy has more than 255 bytes');
  return {
    kind: socks ? 'socks5' : 'connect',
    host,
    port,
    socketPath: undefined,
    unreachable: httpErrors.LWS_ERR_HTTP_PROXY,
    user,
    password,
  };
}

/**
 * The proxy for a target. The environment is asked as curl asks it: `http_proxy` for plain, `https_proxy` for
 * TLS, then `all_proxy`, then lws's `socks_proxy`; `no_proxy` excepts hosts. A unix socket has none.
 *
 * @throws `LWS_ERR_OPTION` for an environment that names no proxy one can speak to
 */
export function chooseProxy(
  target: ClientTarget,
  option: ProxyOption,
  environment: Environment,
): ProxyTarget | undefined {
  if (option !== undefined) return option === false ? undefined : option;
  if (target.socketPath !== undefined) return undefined;
  const names = target.secure
    ? ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'socks_proxy']
    : // HTTP_PROXY may be a request's Proxy field in a CGI
      ['http_proxy', 'all_proxy', 'ALL_PROXY', 'socks_proxy'];
  const name = names.find((one) => (environment[one] ?? '') !== '');
  if (name === undefined || isExcepted(target, environment['no_proxy'] ?? environment['NO_PROXY']))
    return undefined;
  const text = environment[name] as string;
  try {
    return readProxy(name === 'socks_proxy' && !text.includes('://') ? `socks5://${text}` : text);
  } catch (error) {
    // what it is an error of stands in front once
    const why = (error as Error).message.replace(`${interfaceErrors.LWS_ERR_OPTION.message}: `, '');
    throw refused(`${name} of the environment: ${why}`);
  }
}

/**
 * Whether `no_proxy` names the target, as curl reads it: `*`, a domain with all below it, an address or a network, by
 * commas or blanks between them. Each may have a port.
 */
export function isExcepted(target: DialTarget, list: string | undefined): boolean {
  const host = target.host.toLowerCase().replace(/\.$/, '');
  for (const entry of (list ?? '').toLowerCase().split(/[\s,]+/)) {
    const [, before, port] = /^(\[.*|[^:]*):(\d+)$/.exec(entry) ?? [];
    if (port !== undefined && Number(port) !== target.port) continue;
    const name = (before ?? entry).replace(/[[\]]/g, '');
    if (name === '*' || (isAddress(host) ? isOf(host, name) : isBelow(host, name))) return true;
  }
  return false;
}

/** Of a host of a URL: no name has only digits behind its last dot. */
function isAddress(host: string): boolean {
  return /^[\d.]+$|:/.test(host);
}

function isBelow(host: string, name: string): boolean {
  const domain = name.replace(/^\*?\.|\.$/g, '');
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
}

/** What is no address and no network is of none. */
function isOf(address: string, name: string): boolean {
  try {
    return readAddressList([name], 'no_proxy')(address);
  } catch {
    return false;
  }
}

/** Whether `://…` ends in a port. */
function hasPort(rest: string): boolean {
  return /:\d+\/?$/.test(rest);
}

function refused(detail: string): LwsError {
  return new LwsError(interfaceErrors.LWS_ERR_OPTION, detail);
}
