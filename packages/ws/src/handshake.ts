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
  const fields = fieldsOf(request);
  const { upgrade } = fields;
  if (upgrade === undefined || !listHasToken(upgrade, 'websocket')) return undefined;
  return (
    judgeFields(fields, upgrade, request) ??
    judgeOrigin(fields, vhost) ??
    judgeProtocol(fields, vhost)
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
  const fields = fieldsOf(request);
  const wrong = judgeFields(fields, fields.upgrade ?? '', request) ?? judgeOrigin(fields, vhost);
  if (wrong !== undefined) return wrong;
  const offered = offeredProtocols(fields);
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
 * The fields of a handshake, read in one pass; those that came more than once are one list (RFC 9110 §5.2), which
 * no version and no key can be.
 */
class HandshakeFields {
  upgrade: string | undefined = undefined;
  host: string | undefined = undefined;
  origin: string | undefined = undefined;
  version: string | undefined = undefined;
  key: string | undefined = undefined;
  protocols: string | undefined = undefined;
  extensions: string | undefined = undefined;
  /** A Cookie or Authorization field came. */
  credentials = false;

  readonly add = (name: string, value: string): void => {
    switch (name) {
      case 'upgrade':
        this.upgrade = joined(this.upgrade, value);
        break;
      case 'host':
        this.host = joined(this.host, value);
        break;
      case 'origin':
        this.origin = joined(this.origin, value);
        break;
      case 'sec-websocket-version':
        this.version = joined(this.version, value);
        break;
      case 'sec-websocket-key':
        this.key = joined(this.key, value);
        break;
      case 'sec-websocket-protocol':
        this.protocols = joined(this.protocols, value);
        break;
      case 'sec-websocket-extensions':
        this.extensions = joined(this.extensions, value);
        break;
      case 'cookie':
      case 'authorization':
        this.credentials = true;
    }
  };

  clear(): void {
    this.upgrade = undefined;
    this.host = undefined;
    this.origin = undefined;
    this.version = undefined;
    this.key = undefined;
    this.protocols = undefined;
    this.extensions = undefined;
    this.credentials = false;
  }
}

/** Handshakes are judged one at a time. */
const oneForAll: HandshakeFields = new HandshakeFields();

/** Valid until the next request is read. */
function fieldsOf(request: HttpRequest): HandshakeFields {
  oneForAll.clear();
  request.each(oneForAll.add);
  return oneForAll;
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before},${value}`;
}

/** What the request must be whoever asks. RFC 6455 §4.2.1, in its order. */
function judgeFields(
  fields: HandshakeFields,
  upgrade: string,
  request: HttpRequest,
): RefusedHandshake | undefined {
  if (request.method !== 'GET')
    return refused(wsErrors.LWS_ERR_WS_HANDSHAKE_METHOD, request.method, useGet);
  if (request.hasBody) return refused(wsErrors.LWS_ERR_WS_HANDSHAKE_BODY);
  if (upgrade.toLowerCase() !== 'websocket')
    return refused(wsErrors.LWS_ERR_WS_HANDSHAKE_UPGRADE, upgrade);
  if (fields.version !== '13')
    return refused(wsErrors.LWS_ERR_WS_HANDSHAKE_VERSION, fields.version, useVersion13);
  // the key is no secret, but of no use in a log either
  if (!isBase64Of16(fields.key ?? '')) return refused(wsErrors.LWS_ERR_WS_HANDSHAKE_KEY);
  // what is offered beyond that may be anything: it is declined
  if (hasOpenQuote(fields.extensions ?? ''))
    return refused(wsErrors.LWS_ERR_WS_HANDSHAKE_EXTENSIONS);
  return undefined;
}

/** Where the request comes from. */
function judgeOrigin(fields: HandshakeFields, vhost: VhostView): RefusedHandshake | undefined {
  const { origin, credentials } = fields;
  const allowed = originAllowed(wsOptionsOf(vhost.options).allowedOrigins, {
    origin,
    host: fields.host ?? '',
    credentials,
  });
  return allowed ? undefined : refused(wsErrors.LWS_ERR_WS_HANDSHAKE_ORIGIN, origin ?? 'no Origin');
}

/** Which protocol of the vhost it gets. */
function judgeProtocol(
  fields: HandshakeFields,
  vhost: VhostView,
): AcceptedHandshake | RefusedHandshake {
  const list = fields.protocols;
  const offered = offeredProtocols(fields);
  if ('error' in offered) return offered;
  const protocol = list === undefined ? vhost.defaultProtocol : firstOf(offered, vhost);
  if (protocol?.spec.ws === undefined)
    return refused(wsErrors.LWS_ERR_WS_HANDSHAKE_NO_PROTOCOL, list);
  const key = fields.key ?? '';
  const offers = (fields.extensions && readExtensionList(fields.extensions)) || noOffers;
  return { key, protocol, named: list !== undefined, offers };
}

function offeredProtocols(fields: HandshakeFields): ReadonlySet<string> | RefusedHandshake {
  const list = fields.protocols;
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
