/** The fields of an upstream's answer as the peer gets them: places of the upstream become those of the mount. */
import type { ClientTarget, HttpFields, HttpRequest } from '@lws-ts/interface';
import { isEndToEnd, nominatedBy } from './forwarded-fields.ts';

/** What stands where. */
export interface ProxiedPlace {
  readonly target: ClientTarget;
  readonly base: string;
  readonly mountpoint: string;
}

/** Fields that say something of the bytes of a body, and are wrong once it was rewritten. */
const ofTheBytes: ReadonlySet<string> = new Set([
  'accept-ranges',
  'content-digest',
  'content-md5',
  'digest',
  'etag',
  'repr-digest',
]);

/** @param rewrites the body is rewritten */
export function answerFields(
  answer: Pick<HttpRequest, 'each' | 'field'>,
  place: ProxiedPlace,
  rewrites: boolean,
): HttpFields {
  const nominated = nominatedBy(answer);
  const fields: (readonly [string, string])[] = [];
  answer.each((name, value) => {
    if (!isEndToEnd(name, nominated) || (rewrites && ofTheBytes.has(name))) return;
    if (name === 'location' || name === 'content-location')
      fields.push([name, mountedLocation(value, place)]);
    else if (name === 'set-cookie') fields.push([name, mountedCookie(value, place)]);
    else fields.push([name, value]);
  });
  return fields;
}

/** A reference into the area of the upstream leads into that of the mount; any other stays as it is. */
export function mountedLocation(location: string, place: ProxiedPlace): string {
  const { target, base } = place;
  const own = new RegExp(
    `^https?://${escaped(target.authority)}(?::${target.port})?(?=[/?#]|$)`,
    'i',
  );
  const path = location.replace(own, '');
  if (path === location && !/^\/(?!\/)/.test(location)) return location;
  const from = path.startsWith('/') ? path : `/${path}`;
  if (!isBelow(from, base)) return location;
  return mounted(from.slice(base.length), place);
}

/** The Path of a cookie. RFC 6265 §4.1.2.4 */
export function mountedCookie(cookie: string, place: ProxiedPlace): string {
  return cookie.replace(/(;\s*path\s*=\s*)(\/[^;]*)/gi, (all, name: string, path: string) =>
    isBelow(path, place.base) ? `${name}${mounted(path.slice(place.base.length), place)}` : all,
  );
}

/** What browsers take for one more slash at the begin of a path, or for nothing: two slashes would name a host. */
const SLASHES = /^[/\\\t]+/;

function mounted(below: string, { mountpoint }: ProxiedPlace): string {
  if (mountpoint === '/') return `/${below.replace(SLASHES, '')}`;
  return mountpoint + below;
}

function isBelow(path: string, base: string): boolean {
  if (!path.startsWith(base)) return false;
  return path.length === base.length || /^[/?#]/.test(path.slice(base.length));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
