/** Where a redirect of an answer leads, and whether it may be followed. RFC 9110 §10.2.2 */
import { readClientTarget } from '@lws-ts/core';
import type { ClientTarget } from '@lws-ts/interface';

const webSchemes: ReadonlyMap<string, string> = new Map([
  ['http', 'ws'],
  ['https', 'wss'],
]);

/** TLS in place of none makes no other server of it. */
export function isSameServer({ host, port, socketPath }: ClientTarget, to: ClientTarget): boolean {
  const secured = port === 80 && to.port === 443 && to.secure;
  return to.host === host && to.socketPath === socketPath && (to.port === port || secured);
}

/** Where a Location leads from `from`, or why it is not followed. */
export function redirectTarget(from: ClientTarget, location: string): ClientTarget | string {
  const shown = JSON.stringify(location.slice(0, 200));
  const base = `${from.scheme}://${from.authority}${from.path}`;
  let to: ClientTarget;
  try {
    const read = new URL(location, base);
    read.hash = '';
    const scheme = read.protocol.slice(0, -1);
    // a server names itself by http: whatever is spoken
    const meant = from.scheme.startsWith('ws') ? (webSchemes.get(scheme) ?? scheme) : scheme;
    to = readClientTarget(read.href.replace(/^[^:]*/, meant));
  } catch {
    return `to ${shown}`;
  }
  if (to.socketPath !== undefined || familyOf(to.scheme) !== familyOf(from.scheme))
    return `to ${shown}`;
  if (from.secure && !to.secure) return `from TLS to ${shown}`;
  const samePlace = to.host === from.host && to.port === from.port;
  return samePlace && from.socketPath !== undefined ? { ...to, socketPath: from.socketPath } : to;
}

/** `ws` for ws and wss, `http` for http and https. */
function familyOf(scheme: string): string {
  return scheme.endsWith('s') && scheme !== 'ws' ? scheme.slice(0, -1) : scheme;
}
