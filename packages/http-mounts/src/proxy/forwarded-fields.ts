/**
 * The fields of a request as its upstream gets them (RFC 9110 §7.6, RFC 7239): without those of the connection,
 * those that a peer could pass itself off by, and those that other software reads as something else.
 */
import type { CodedError, HttpFields, HttpRequest, PeerAddress } from '@lws-ts/interface';
import { mountErrors } from '../errors.ts';

/** Of one connection, in both directions. RFC 9110 §7.6.1 */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Written anew for the upstream, or no business of it. */
const replaced: ReadonlySet<string> = new Set([
  'expect',
  'forwarded',
  'host',
  // what a CGI behind would take for its own proxy
  'proxy',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-real-ip',
]);

const HOP_BY_HOP = 1;
const REPLACED = 2;
/** What becomes of a field of a request, in one look-up; those that are not there are passed on. */
const fates: ReadonlyMap<string, number> = new Map([
  ...[...hopByHop].map((name) => [name, HOP_BY_HOP] as const),
  ...[...replaced].map((name) => [name, REPLACED] as const),
]);

/** What a peer must not have taken away from a request on its way. */
const kept: ReadonlySet<string> = new Set([
  'authorization',
  'content-length',
  'content-type',
  'cookie',
  'forwarded',
  'host',
  'origin',
  'transfer-encoding',
  'via',
  'x-real-ip',
]);

const none: ReadonlySet<string> = new Set();
/** RFC 9110 §7.6.1: a token, or an empty member of the list; anything else is read differently by different software. */
const OPTION = /^[!#$%&'*+.^_`|~0-9a-z-]*$/;

/** What is known of a request, beside what it says. */
export interface ForwardedFrom {
  readonly peer: PeerAddress;
  readonly secure: boolean;
  /** The peer is a proxy that is believed. */
  readonly trusted: boolean;
  /** Of this proxy, in Via. */
  readonly pseudonym: string;
  /** Answers are rewritten: they have to come as they are. */
  readonly rewrites: boolean;
}

/** Names that the Connection fields nominate, in lower case. */
export function nominatedBy(head: Pick<HttpRequest, 'each' | 'field'>): ReadonlySet<string> {
  if (head.field('connection') === undefined) return none;
  const names = new Set<string>();
  head.each((name, value) => {
    if (name !== 'connection') return;
    for (const one of value.split(',')) names.add(one.trim().toLowerCase());
  });
  return names;
}

/** Why a request is not passed on, or undefined. */
export function forwardRefusal(request: HttpRequest, pseudonym: string): CodedError | undefined {
  for (const name of nominatedBy(request))
    if (kept.has(name) || name.startsWith('x-forwarded-') || !OPTION.test(name))
      return mountErrors.LWS_ERR_MOUNT_PROXY_NOMINATED;
  if (request.field('via') === undefined) return undefined;
  let error: CodedError | undefined;
  request.each((name, value) => {
    if (name === 'via' && value.split(',').some((one) => one.trim().endsWith(` ${pseudonym}`)))
      error = mountErrors.LWS_ERR_MOUNT_PROXY_LOOP;
  });
  return error;
}

/** The most hops that a request is passed on for. */
const mostHops = 2 ** 31 - 1;

/** RFC 9110 §7.6.2: for how many more hops a request may be passed on; undefined: it does not say. */
export function hopsLeft(request: HttpRequest): number | undefined {
  if (request.method !== 'OPTIONS') return undefined;
  const value = request.field('max-forwards');
  return value !== undefined && /^[0-9]+$/.test(value) ? Number(value) : undefined;
}

/** What of the fields of a request the upstream gets, and what is written anew in their place. */
export interface Forwarded {
  /** As the peer sent them. */
  readonly fields: (readonly [string, string])[];
  /** Of those that are written anew, what the peer sent besides Host; undefined: nothing. */
  readonly before: ReadonlyMap<string, string> | undefined;
  /** What its Host field says. */
  readonly host: string;
}

/** The fields for the upstream, without Host and those of framing. */
export function forwardedFields(request: HttpRequest, from: ForwardedFrom): HttpFields {
  const forwarded = passedFields(request, from.rewrites);
  forwarded.fields.push(...ownFields(forwarded, request, from));
  return forwarded.fields;
}

/** @param rewrites answers are rewritten: they have to come as they are */
export function passedFields(request: HttpRequest, rewrites: boolean): Forwarded {
  const nominated = nominatedBy(request);
  const nominates = nominated.size > 0;
  const hops = hopsLeft(request);
  const fields: (readonly [string, string])[] = [];
  let before: Map<string, string> | undefined;
  let host = '';
  request.each((name, value) => {
    const fate = fates.get(name);
    if (fate === REPLACED) {
      if (name === 'host') {
        host = value;
        return;
      }
      before ??= new Map();
      before.set(name, joined(before.get(name), value));
    } else if (fate === HOP_BY_HOP) {
      if (name === 'te' && /(?:^|,)\s*trailers\s*(?:,|$)/i.test(value))
        // RFC 9110 §10.1.4
        fields.push(['te', 'trailers'], ['connection', 'te']);
    } else if ((nominates && nominated.has(name)) || name.includes('_')) return;
    else if (hops !== undefined && name === 'max-forwards')
      fields.push([name, String(Math.min(Math.max(hops - 1, 0), mostHops))]);
    else if (!(rewrites && (name === 'accept-encoding' || name.endsWith('range'))))
      fields.push([name, value]);
  });
  return { fields, before, host };
}

/** What the proxy itself says of a request. */
export function ownFields(
  { before, host }: Forwarded,
  request: HttpRequest,
  { peer, secure, trusted, pseudonym }: ForwardedFrom,
): HttpFields {
  const said = (name: string): string | undefined => (trusted ? before?.get(name) : undefined);
  const address = peer.address === '' ? 'unknown' : peer.address;
  const proto = secure ? 'https' : 'http';
  const node = address.includes(':') ? `"[${address}]"` : address;
  const forwarded = `for=${node};proto=${proto}${host === '' ? '' : `;host="${host}"`}`;
  const version = request.version === '2' ? '2' : request.version;
  const fields: (readonly [string, string])[] = [
    ['x-forwarded-for', joined(said('x-forwarded-for'), address)],
    ['x-forwarded-proto', said('x-forwarded-proto') ?? proto],
    ['x-real-ip', said('x-real-ip') ?? address],
    ['forwarded', joined(said('forwarded'), forwarded)],
    ['via', joined(before?.get('via'), `${version} ${pseudonym}`)],
  ];
  const asked = said('x-forwarded-host') ?? host;
  if (asked !== '') fields.push(['x-forwarded-host', asked]);
  return fields;
}

function joined(before: string | undefined, value: string): string {
  return before === undefined || before === '' ? value : `${before}, ${value}`;
}

/** Whether an answer's field is for its receiver, not for the connection it came by. */
export function isEndToEnd(name: string, nominated: ReadonlySet<string>): boolean {
  return !hopByHop.has(name) && (nominated.size === 0 || !nominated.has(name));
}
