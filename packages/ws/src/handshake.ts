/**
 * The opening handshake, server side (RFC 6455 §4.2): what a request must be to be answered 101, and which
 * protocol it gets. Pure over the request; nothing is sent here.
 */
import type {
  BoundProtocol,
  CodedError,
  HttpFields,
  HttpRequest,
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
  const fields = new HandshakeFields(request);
  const upgrade = fields.joined('upgrade');
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
  const fields = new HandshakeFields(request);
  const wrong =
    judgeFields(fields, fields.joined('upgrade') ?? '', request) ?? judgeOrigin(fields, vhost);
  if (wrong !== undefined) return wrong;
  const offered = offeredProtocols(fields);
  return 'error' in offered ? offered : undefined;
}

/** Sec-WebSocket-Accept for a key. RFC 6455 §4.2.2 */
export function acceptFor(key: string): string {
  return crypto().hash('sha1', `${key}${handshakeGuid}`, 'base64');
}

/** The whole 101, one character a byte. */
export function switchingProtocols(
  { key, protocol, named }: AcceptedHandshake,
  extension: AgreedExtension | undefined,
): string {
  const subprotocol = named ? `Sec-WebSocket-Protocol: ${protocol.name}\r\n` : '';
  const extensions =
    extension === undefined
      ? ''
      : `Sec-WebSocket-Extensions: ${writeExtensionList([extension.element])}\r\n`;
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptFor(key)}\r\n${subprotocol}${extensions}\r\n`;
}

const handshakeGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const noFields: HttpFields = [];
const noneOffered: ReadonlySet<string> = new Set();
const useGet: HttpFields = [['allow', 'GET']];
const useVersion13: HttpFields = [['sec-websocket-version', '13']];

/** The fields of a handshake, read in one pass; those that came more than once are noted. */
class HandshakeFields {
  readonly #values = new Map<string, string>();
  #repeated: Set<string> | undefined = undefined;

  constructor(request: HttpRequest) {
    request.each((name, value) => {
      if (!handshakeFields.has(name)) return;
      const before = this.#values.get(name);
      this.#values.set(name, before === undefined ? value : `${before},${value}`);
      if (before === undefined) return;
      this.#repeated ??= new Set();
      this.#repeated.add(name);
    });
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** All fields of that name as one list (RFC 9110 §5.2). */
  joined(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** The field of that name if there is exactly one. */
  single(name: string): string | undefined {
    return this.#repeated?.has(name) === true ? undefined : this.#values.get(name);
  }
}

const handshakeFields: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'host',
  'origin',
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'upgrade',
]);

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
  if (fields.single('sec-websocket-version') !== '13')
    return refused(
      wsErrors.LWS_ERR_WS_HANDSHAKE_VERSION,
      fields.joined('sec-websocket-version'),
      useVersion13,
    );
  // the key is no secret, but of no use in a log either
  if (!isBase64Of16(fields.single('sec-websocket-key') ?? ''))
    return refused(wsErrors.LWS_ERR_WS_HANDSHAKE_KEY);
  // what is offered beyond that may be anything: it is declined
  if (hasOpenQuote(fields.joined('sec-websocket-extensions') ?? ''))
    return refused(wsErrors.LWS_ERR_WS_HANDSHAKE_EXTENSIONS);
  return undefined;
}

/** Where the request comes from. */
function judgeOrigin(fields: HandshakeFields, vhost: VhostView): RefusedHandshake | undefined {
  const origin = fields.joined('origin');
  const allowed = originAllowed(wsOptionsOf(vhost.options).allowedOrigins, {
    origin,
    host: fields.joined('host') ?? '',
    credentials: fields.has('cookie') || fields.has('authorization'),
  });
  return allowed ? undefined : refused(wsErrors.LWS_ERR_WS_HANDSHAKE_ORIGIN, origin ?? 'no Origin');
}

/** Which protocol of the vhost it gets. */
function judgeProtocol(
  fields: HandshakeFields,
  vhost: VhostView,
): AcceptedHandshake | RefusedHandshake {
  const list = fields.joined('sec-websocket-protocol');
  const offered = offeredProtocols(fields);
  if ('error' in offered) return offered;
  const protocol = list === undefined ? vhost.defaultProtocol : firstOf(offered, vhost);
  if (protocol?.spec.ws === undefined)
    return refused(wsErrors.LWS_ERR_WS_HANDSHAKE_NO_PROTOCOL, list);
  const key = fields.single('sec-websocket-key') ?? '';
  const offers = readExtensionList(fields.joined('sec-websocket-extensions') ?? '') ?? [];
  return { key, protocol, named: list !== undefined, offers };
}

function offeredProtocols(fields: HandshakeFields): ReadonlySet<string> | RefusedHandshake {
  const list = fields.joined('sec-websocket-protocol');
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
