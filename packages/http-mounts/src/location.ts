import type { RedirectMount } from './mount.ts';

/** What RFC 3986 allows in a path as it is. */
const ENCODED = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/]/gu;
const QUERY = /^[\x21-\x7e]*$/;

/**
 * Where a directory that was asked for without its slash really is. It is built from the normalised path
 * with one slash before it, so that no path can name another host; a query that could break the field is dropped.
 */
export function directoryLocation(path: string, query: string): string {
  return `/${encodePath(path.replace(/^\/+/, ''))}/${queryPart(query)}`;
}

/**
 * Where a redirect leads. The origin says the host, and what is appended begins with a slash: no path can name
 * another. The query goes with it, what RFC 3986 has no place for encoded, unless the origin has one.
 *
 * @param below what of the path lies below the mountpoint, encoded
 */
export function redirectLocation(mount: RedirectMount, below: string, query: string): string {
  const { location } = mount;
  if (mount.appendPath) {
    const inside = below.replace(/^\/+/, '');
    const base = location.endsWith('/') ? location : `${location}/`;
    return (below === '' ? location : base + inside) + queryPart(query);
  }
  return /[?#]/.test(location) ? location : location + queryPart(query);
}

/** A decoded path as a reference has it; the slashes stay. */
export function encodePath(path: string): string {
  return path.replace(ENCODED, encodeCharacter);
}

/** A path whose reserved characters are encoded where they are meant so, as {@link encodePath}; `%` stays. */
export function encodeSentPath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/gu, encodeCharacter);
}

/** A reference that a program gives, with everything encoded that RFC 3986 has no place for; `%` stays. */
export function encodeLocation(location: string): string {
  return location.replace(/[^\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]/gu, encodeCharacter);
}

function encodeCharacter(character: string): string {
  // half of a pair has no encoding
  return /^[\ud800-\udfff]$/.test(character) ? '%EF%BF%BD' : encodeURIComponent(character);
}

function queryPart(query: string): string {
  return query !== '' && QUERY.test(query) ? `?${encodeLocation(query)}` : '';
}
