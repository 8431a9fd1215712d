/**
 * The opening handshake, server side (RFC 6455 §4.2): what a request must be to be answered 101, and which
 * protocol it gets; and the 101.
 */
import type {
  BoundProtocol,
  CodedError,
  HttpFields,
  HttpRequest,
  RoleHost,
  VhostView,
} from '@lws-ts/interface';
import {
  type AgreedExtension,
  type ExtensionElement,
  readExtensionList,
  writeExtensionList,
} from '@lws-ts/ws-framing';
import { wsErrors } from './errors.ts';
import { crypto } from './node-crypto.ts';
import { wsOptionsOf } from './options.ts';
import { originAllowed } from './origin.ts';
import { addTokens, hasOpenQuote, isBase64Of16, listHasToken } from './token-list.ts';

/** A handshake that may be answered 101. */
export interface AcceptedHandshake {
  readonly key: string;
  readonly protocol: BoundProtocol;
  /** The client named subprotocols, so that the answer names the one it gets. */
  readonly named: boolean;
  /** Extensions that the client offers; none when its list is not one. */
  readonly offers: readonly ExtensionElement[];
}

/** What is wrong with a handshake; `status` of the error is the answer. */
export interface RefusedHandshake {
  readonly error: CodedError & { readonly status?: number };
  readonly fields: HttpFields;
  readonly detail: string;
}

/**
 * Judges a request that asks for an upgrade, which only an HTTP/1.1 request with `Connection: Upgrade` does
 * (RFC 9110 §7.8). Undefined: not to WebSocket.
 */
export function judgeHandshake(
  request: HttpRequest,
  vhost: VhostView,
): AcceptedHandshake | RefusedHandshake | undefined {
  const upgrade = request.list('upgrade');
  if (upgrade === undefined || !listHasToken(upgrade, 'websocket')) return undefined;
  const key = request.list('sec-websocket-key') ?? '';
  return (
    judgeFields(request, upgrade, key) ??
    judgeOrigin(request, vhost) ??
    judgeProtocol(request, vhost, key)
  );
}

/**
 * What every WebSocket handshake must be, whoever takes it: version, key, Origin by the vhost's
 * `allowedOrigins`, a list of subprotocols that is one. Undefined: nothing is wrong with it.
 */
export function checkHandshake(
  request: HttpRequest,
  vhost: VhostView,
): RefusedHandshake | undefined {
  const upgrade = request.list('upgrade') ?? '';
  const key = request.list('sec-websocket-key') ?? '';
  const wrong = judgeFields(request, upgrade, key) ?? judgeOrigin(request, vhost);
  if (wrong !== undefined) return wrong;
  const offered = offeredProtocols(request.list('sec-websocket-protocol'));
  return 'error' in offered ? offered : undefined;
}

/** Sec-WebSocket-Accept for a key. RFC 6455 §4.2.2 */
export function acceptFor(key: string): string {
  return crypto().hash('sha1', `${key}${handshakeGuid}`, 'base64');
}

/** Writes the whole 101, one character a byte, into the output of the turn. */
export function writeSwitchingProtocols(
  host: RoleHost,
  { key, protocol, named }: AcceptedHandshake,
  extension: AgreedExtension | undefined,
): void {
  const accept = acceptFor(key);
  let more = '\r\n\r\n';
  if (extension !== undefined)
    more = `\r\nSec-WebSocket-Extensions: ${writeExtensionList([extension.element])}${more}`;
  if (named) more = `\r\nSec-WebSocket-Protocol: ${protocol.name}${more}`;
  const length = answerStart.length + accept.length + more.length;
  const room = host.reserve(length);
  let at = host.reservedAt;
  room.set(answerStart, at);
  at = writeLatin1(room, at + answerStart.length, accept);
  writeLatin1(room, at, more);
  host.commit(length);
}

function writeLatin1(room: Uint8Array, start: number, text: string): number {
  let at = start;
  for (let index = 0; index < text.length; index++) room[at++] = text.charCodeAt(index);
  return at;
}

const answerStart = new TextEncoder().encode(
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ',
);
const handshakeGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const noFields: HttpFields = [];
const noOffers: readonly ExtensionElement[] = [];
const noneOffered: ReadonlySet<string> = new Set();
const useGet: HttpFields = [['allow', 'GET']];
/** RFC 6455 §4.2.2; a 426 says what to upgrade to, RFC 9110 §15.5.22. */
const useVersion13: HttpFields = [
  ['upgrade', 'websocket'],
  ['sec-websocket-version', '13'],
];

/**
 * What the request must be whoever asks. RFC 6455 §4.2.1, in its order. Fields that came more than once are one list,
 * which no version and no key can be.
 */
function judgeFields(
  request: HttpRequest,
  upgrade: string,
  key: string,
): RefusedHandshake | undefined {
  if (request.method !== 'GET')
    return refused(wsErrors.LWS_ERR_WS_HANDSHAKE_METHOD, request.method, useGet);
  if (request.hasBody) return refused(wsErrors.LWS_ERR_WS_HANDSHAKE_BODY);
  if (upgrade.toLowerCase() !== 'websocket')
    return refused(wsErrors.LWS_ERR_WS_HANDSHAKE_UPGRADE, upgrade);
  const version = request.list('sec-websocket-version');
  if (version !== '13')
    return refused(wsErrors.LWS_ERR_WS_HANDSHAKE_VERSION, version ?? 'there is none', useVersion13);
  // the key is no secret, but of no use in a log either
  if (!isBase64Of16(key)) return refused(wsErrors.LWS_ERR_WS_HANDSHAKE_KEY);
  // what is offered beyond that may be anything: it is declined
  if (hasOpenQuote(request.list('sec-websocket-extensions') ?? ''))
    return refused(wsErrors.LWS_ERR_WS_HANDSHAKE_EXTENSIONS);
  return undefined;
}

/** Where the request comes from. */
function judgeOrigin(request: HttpRequest, vhost: VhostView): RefusedHandshake | undefined {
  const { allowedOrigins } = wsOptionsOf(vhost.options);
  if (allowedOrigins === '*') return undefined;
  const origin = request.list('origin');
  const allowed = originAllowed(allowedOrigins, {
    origin,
    host: request.list('host') ?? '',
    credentials: origin === undefined && hasCredentials(request),
  });
  return allowed ? undefined : refused(wsErrors.LWS_ERR_WS_HANDSHAKE_ORIGIN, origin ?? 'no Origin');
}

function hasCredentials(request: HttpRequest): boolean {
  return request.field('cookie') !== undefined || request.field('authorization') !== undefined;
}

const noDefault = 'the client named none, and no protocol of the vhost has `default: true`';

/** Which protocol of the vhost it gets. */
function judgeProtocol(
  request: HttpRequest,
  vhost: VhostView,
  key: string,
): AcceptedHandshake | RefusedHandshake {
  const list = request.list('sec-websocket-protocol');
  const offered = offeredProtocols(list);
  if ('error' in offered) return offered;
  const protocol = list === undefined ? vhost.defaultProtocol : firstOf(offered, vhost);
  if (protocol?.spec.ws === undefined)
    return refused(wsErrors.LWS_ERR_WS_HANDSHAKE_NO_PROTOCOL, list ?? noDefault);
  const extensions = request.list('sec-websocket-extensions');
  const offers = (extensions && readExtensionList(extensions)) || noOffers;
  return { key, protocol, named: list !== undefined, offers };
}

function offeredProtocols(list: string | undefined): ReadonlySet<string> | RefusedHandshake {
  if (list === undefined) return noneOffered;
  const offered = new Set<string>();
  return addTokens(list, offered)
    ? offered
    : refused(wsErrors.LWS_ERR_WS_HANDSHAKE_PROTOCOLS, list);
}

/** The first that the client names and the vhost has. RFC 6455 §4.2.2, point 5 */
function firstOf(offered: ReadonlySet<string>, vhost: VhostView): BoundProtocol | undefined {
  for (const name of offered) {
    const protocol = vhost.protocolByName(name);
    if (protocol?.spec.ws !== undefined) return protocol;
  }
  return undefined;
}

function refused(
  error: RefusedHandshake['error'],
  detail = '',
  fields: HttpFields = noFields,
): RefusedHandshake {
  return { error, fields, detail };
}
