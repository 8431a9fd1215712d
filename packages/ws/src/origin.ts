/**
 * Whose pages may open a WebSocket here. A browser sends cookies with a handshake whatever page asks, so
 * that any page could act as the user (cross-site WebSocket hijacking): by default only pages of the same
 * host may. The scheme is not compared: a proxy in front may have taken TLS off.
 */

/** What a handshake says about where it comes from. */
export interface HandshakeOrigin {
  /** The Origin field; undefined when there is none. More than one: joined by commas, which no origin is. */
  readonly origin: string | undefined;
  /** The Host field. */
  readonly host: string;
  /** A Cookie or Authorization field came. */
  readonly credentials: boolean;
}

/** `'*'`, or what is allowed: origins as {@link readOrigin} gives them, and `'same-origin'`. */
export type OriginPolicy = '*' | ReadonlySet<string>;

/** Whether the policy lets the handshake through. Without an Origin it does unless credentials came. */
export function originAllowed(policy: OriginPolicy, from: HandshakeOrigin): boolean {
  if (policy === '*') return true;
  if (from.origin === undefined) return !from.credentials;
  const origin = readOrigin(from.origin);
  if (origin === undefined) return false;
  if (policy.has(origin.text)) return true;
  return policy.has('same-origin') && origin.host === hostWithPort(from.host, origin.defaultPort);
}

/** An origin that was read. */
export interface ReadOrigin {
  /** Lower case, always with a port. */
  readonly text: string;
  /** Its host and port. */
  readonly host: string;
  /** Of its scheme. */
  readonly defaultPort: string;
}

/** Reads `scheme://host[:port]`; undefined for anything else, `null` included. */
export function readOrigin(text: string): ReadOrigin | undefined {
  const lower = text.toLowerCase();
  const mark = lower.indexOf('://');
  const scheme = lower.slice(0, Math.max(mark, 0));
  const defaultPort = defaultPorts.get(scheme);
  const authority = lower.slice(mark + 3);
  if (defaultPort === undefined || !isAuthority(authority)) return undefined;
  const host = hostWithPort(authority, defaultPort);
  return { text: `${scheme}://${host}`, host, defaultPort };
}

const defaultPorts: ReadonlyMap<string, string> = new Map([
  ['http', '80'],
  ['https', '443'],
]);

/** The host in lower case with its port, or with the default one. */
function hostWithPort(authority: string, defaultPort: string): string {
  const lower = authority.toLowerCase();
  const colon = lower.lastIndexOf(':');
  const hasPort = colon > lower.lastIndexOf(']');
  const host = hasPort ? lower.slice(0, colon) : lower;
  const port = hasPort ? lower.slice(colon + 1) : '';
  return `${host}:${port === '' ? defaultPort : port}`;
}

/** Host and port: nothing that could begin a path, a user or another origin. */
function isAuthority(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= 0x20 || code >= 0x7f || notInAuthority.has(code)) return false;
  }
  return text.length > 0;
}

const notInAuthority = new Set(Array.from('/?#@\\,"\'<>', (mark) => mark.charCodeAt(0)));
