/** Where a mount's content comes from, as lws and lwsws write it: `file://`, `callback://`, `cgi://`, `>https://`. */
import { resolve } from 'node:path';
import { LwsError } from '@lws-ts/interface';
import { mountErrors } from './errors.ts';
import { type ProxyOrigin, readProxyOrigin } from './proxy/proxy-origin.ts';

/** An origin, read. `target`: an absolute path, the name of a protocol, or a location. */
export interface MountOrigin {
  readonly kind: 'file' | 'callback' | 'redirect' | 'proxy' | 'cgi';
  readonly target: string;
  /** Of a proxy. */
  readonly upstream?: ProxyOrigin | undefined;
}

const PREFIX = /^(?:[>^]?[a-z][a-z0-9+.-]*:\/\/|)/i;
const PROTOCOL_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/;
/** Kinds that this system cannot have: process groups are of POSIX. */
const ABSENT: ReadonlySet<string> = new Set(process.platform === 'win32' ? ['cgi'] : []);

/**
 * Reads an origin.
 *
 * @param kind what the mount says it is; undefined: the origin says it by its prefix
 * @param of names the mount in messages
 * @throws `LWS_ERR_MOUNT_ORIGIN`, `LWS_ERR_MOUNT_ORIGIN_KIND`
 */
export function readOrigin(kind: unknown, origin: unknown, of: string): MountOrigin {
  const wrong = `origin of ${of} is ${JSON.stringify(origin)}`;
  if (typeof origin !== 'string') throw new LwsError(mountErrors.LWS_ERR_MOUNT_ORIGIN, wrong);
  const prefix = kind === undefined ? (PREFIX.exec(origin)?.[0] ?? '') : '';
  const rest = origin.slice(prefix.length);
  const named = kind ?? (/^https?\+unix:/i.test(origin) ? 'proxy' : kindOf(prefix));
  if (typeof named === 'string' && ABSENT.has(named))
    throw new LwsError(mountErrors.LWS_ERR_MOUNT_ORIGIN_KIND, wrong);
  if (named === 'proxy') {
    const upstream = readProxyOrigin(origin);
    if (upstream === undefined) throw new LwsError(mountErrors.LWS_ERR_MOUNT_ORIGIN, wrong);
    return { kind: 'proxy', target: upstream.url, upstream };
  }
  const target =
    named === 'file' || named === 'cgi'
      ? readFile(rest)
      : named === 'callback'
        ? readProtocol(rest)
        : named === 'redirect'
          ? readLocation(prefix.slice(1) + rest)
          : undefined;
  if (target === undefined) throw new LwsError(mountErrors.LWS_ERR_MOUNT_ORIGIN, wrong);
  return { kind: named as MountOrigin['kind'], target };
}

function kindOf(prefix: string): string {
  if (prefix.startsWith('>') || prefix.startsWith('^')) return 'redirect';
  const scheme = prefix.slice(0, -'://'.length);
  return /^https?$/i.test(scheme) ? 'proxy' : scheme;
}

function readFile(path: string): string | undefined {
  return path === '' || path.includes('\0') ? undefined : resolve(withoutDriveSlash(path));
}

/** `/C:/www` is `C:/www` where drives have letters. */
function withoutDriveSlash(path: string): string {
  return process.platform === 'win32' && /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
}

function readProtocol(name: string): string | undefined {
  return PROTOCOL_NAME.test(name) ? name : undefined;
}

/** With everything encoded that a field cannot hold; credentials have no place in it. */
function readLocation(text: string): string | undefined {
  // URL takes line breaks and tabs out of the middle without a word.
  if (!/^https?:\/\/[^/?#\\\s]/i.test(text) || /[\s\p{Cc}\\]/u.test(text) || !URL.canParse(text))
    return undefined;
  const { href, username, password } = new URL(text);
  return username === '' && password === '' ? href : undefined;
}
