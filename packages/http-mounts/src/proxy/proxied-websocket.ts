/**
 * A WebSocket passed on to an upstream: what the peer sends stays unread until the upstream agreed with the right
 * key (RFC 6455 §4.2.2); from then on the two connections are one, byte for byte, and each holds back the other.
 */

import { ConnectionWsi } from '@lws-ts/core';
import {
  type ClientAnswer,
  type ClientRequester,
  clientTransaction,
  noteUpgraded,
  writeRefusal,
} from '@lws-ts/http';
import { fieldsLength, writeFields } from '@lws-ts/http/framing';
import type {
  ClientRoleState,
  CodedError,
  ConnectCall,
  HttpExchange,
  HttpFields,
  HttpRequest,
  KeptHeaders,
  RoleHost,
  RoleState,
  UpgradeAnswer,
  Wsi,
} from '@lws-ts/interface';
import { mountErrors } from '../errors.ts';
import type { ProxyMount } from '../mount.ts';
import { withMountHeaders } from '../mount-headers.ts';
import { crypto } from '../node-crypto.ts';
import { answerFields } from './answer-fields.ts';
import { proxyProtocol } from './proxied-exchange.ts';
import { placeOf, proxiedPath } from './proxied-path.ts';
import type { Upstreams } from './upstreams.ts';

const noHeaders: HttpFields = Object.freeze([]);
/** RFC 6455 §4.2.2; a 426 says what to upgrade to, RFC 9110 §15.5.22. */
const useVersion13: HttpFields = Object.freeze([
  ['upgrade', 'websocket'],
  ['sec-websocket-version', '13'],
] as const);
/** 16 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;
const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export function takeWebSocket(
  exchange: HttpExchange,
  mount: ProxyMount,
  upstreams: Upstreams,
  fields: HttpFields,
): UpgradeAnswer {
  const { method } = exchange.request;
  const { key, version } = handshakeOf(exchange.request);
  if (method !== 'GET' || key === undefined) return refusal(400, mount.headers);
  if (version !== '13') return refusal(426, [...useVersion13, ...mount.headers]);
  const asked: Asked = {
    mount,
    fields: [['connection', 'Upgrade'], ['upgrade', 'websocket'], ...fields],
    authority: mount.preserveHost ? exchange.request.field('host') : undefined,
    path: proxiedPath(mount, exchange.request),
    accept: crypto()
      .createHash('sha1')
      .update(key + guid)
      .digest('base64'),
  };
  return {
    kind: 'take',
    start: (host) => {
      const peer = new RelayEnd(host, exchange.keepHeaders(), mount.wsIdleSecs, mount.headers);
      upstreams.to(
        mount,
        host.vhost,
      )((upstream, call) => {
        return new UpstreamHandshake(upstream, call, asked, peer).transaction;
      });
      return peer;
    },
  };
}

/** RFC 6455 §4.2.1: what has to be there once, and as it has to be; what is not is undefined. */
function handshakeOf(request: HttpRequest): {
  key: string | undefined;
  version: string | undefined;
} {
  const keys: string[] = [];
  const versions: string[] = [];
  request.each((name, value) => {
    if (name === 'sec-websocket-key') keys.push(value);
    else if (name === 'sec-websocket-version') versions.push(value);
  });
  const [key] = keys;
  const good = keys.length === 1 && key !== undefined && KEY.test(key);
  return { key: good ? key : undefined, version: versions.length === 1 ? versions[0] : undefined };
}

/** Of the peer's own handshake; the upstream hears nothing. */
function refusal(status: number, fields: HttpFields): UpgradeAnswer {
  return { kind: 'refuse', status, fields, error: mountErrors.LWS_ERR_MOUNT_PROXY_HANDSHAKE };
}

/** Of an upstream. */
interface Refusal {
  readonly status: number;
  readonly fields: HttpFields;
}

/** Without these a status from 400 on does not say what to do about it: RFC 9110 §10.2, §11.6, §15.5; RFC 6455 §4.4. */
const ofRefusals: ReadonlySet<string> = new Set([
  'allow',
  'retry-after',
  'sec-websocket-version',
  'upgrade',
  'www-authenticate',
]);

function refusalOf(answer: ClientAnswer): Refusal {
  const fields: (readonly [string, string])[] = [];
  answer.each((name, value) => {
    if (ofRefusals.has(name)) fields.push([name, value]);
  });
  return { status: answer.status, fields };
}

interface Asked {
  readonly mount: ProxyMount;
  readonly fields: HttpFields;
  readonly authority: string | undefined;
  readonly path: string;
  readonly accept: string;
}

class UpstreamHandshake implements ClientRequester {
  readonly name = 'proxy';
  readonly method = 'GET';
  readonly wsi: Wsi<unknown, unknown>;
  readonly authority: string | undefined;
  readonly transaction: ClientRoleState;
  readonly #host: RoleHost;
  readonly #asked: Asked;
  readonly #peer: RelayEnd;

  constructor(host: RoleHost, call: ConnectCall, asked: Asked, peer: RelayEnd) {
    this.wsi = new ConnectionWsi(host, proxyProtocol);
    this.authority = asked.authority;
    this.#host = host;
    this.#asked = asked;
    this.#peer = peer;
    peer.dialling(host);
    const target = { ...call.target, path: asked.path };
    this.transaction = clientTransaction(host, { ...call, target }, this);
  }

  fields(): HttpFields {
    return this.#asked.fields;
  }

  answered(answer: ClientAnswer, rest: Uint8Array): void {
    const host = this.#host;
    const { status } = answer;
    const agreed =
      status === 101 &&
      answer.field('upgrade')?.toLowerCase() === 'websocket' &&
      answer.field('sec-websocket-accept') === this.#asked.accept;
    if (!agreed) {
      // what the upstream says of a refusal is for the peer, anything else is no answer to it
      this.#peer.refused = status >= 400 ? refusalOf(answer) : undefined;
      answer.detach();
      host.fail(mountErrors.LWS_ERR_MOUNT_PROXY_HANDSHAKE, `the upstream answered ${status}`);
      return;
    }
    const fields = answerFields(answer, placeOf(this.#asked.mount), false);
    answer.detach();
    const end = new RelayEnd(host, undefined, 0, noHeaders);
    host.established();
    host.become(() => end, rest);
    this.#peer.agreed(end, fields);
  }

  failed(error: CodedError): void {
    this.#peer.failed(error);
  }
}

/** One of the two connections. */
class RelayEnd implements RoleState {
  readonly name = 'proxy';
  readonly host: RoleHost;
  #kept: KeptHeaders | undefined;
  #dialling: RoleHost | undefined = undefined;
  #other: RelayEnd | undefined = undefined;
  #over = false;
  /** For as long both may be silent, in seconds; of the peer's end alone, and 0 for ever. */
  readonly #idleSecs: number;
  readonly #headers: HttpFields;
  /** What the upstream refused with. */
  refused: Refusal | undefined = undefined;

  /** @param headers of the mount, for a refusal */
  constructor(
    host: RoleHost,
    kept: KeptHeaders | undefined,
    idleSecs: number,
    headers: HttpFields,
  ) {
    this.host = host;
    this.#kept = kept;
    this.#idleSecs = idleSecs;
    this.#headers = headers;
    host.takeAlways();
  }

  /** The upstream is being asked over this connection. */
  dialling(upstream: RoleHost): void {
    this.#dialling = upstream;
  }

  /** The upstream agreed, with these fields. */
  agreed(other: RelayEnd, fields: HttpFields): void {
    this.#dialling = undefined;
    if (this.#over) {
      other.host.abort();
      return;
    }
    this.#other = other;
    other.#other = this;
    const head =
      'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n';
    const into = this.host.reserve(head.length + fieldsLength(fields) + 2);
    const start = this.host.reservedAt;
    for (let at = 0; at < head.length; at++) into[start + at] = head.charCodeAt(at);
    const end = writeFields(into, start + head.length, fields);
    into[end] = 0x0d;
    into[end + 1] = 0x0a;
    this.host.commit(end + 2 - start);
    noteUpgraded(this.host);
    this.#release();
    this.host.vhost.counters.ws_upg++;
    this.heard();
    this.host.forceService();
    other.host.forceService();
  }

  /** Either side said something. */
  heard(): void {
    if (this.#idleSecs > 0) this.host.setTimeout('proxy', this.#idleSecs);
  }

  /** There is no upstream to it. */
  failed(error: CodedError): void {
    this.#dialling = undefined;
    if (this.#over) return;
    const late = error.code === 'LWS_ERR_CONNECT_TIMEOUT';
    const told = late
      ? mountErrors.LWS_ERR_MOUNT_UPSTREAM_TIMEOUT
      : mountErrors.LWS_ERR_MOUNT_UPSTREAM;
    this.#over = true;
    const { status, fields } = this.refused ?? { status: told.status ?? 502, fields: noHeaders };
    writeRefusal(this.host, status, withMountHeaders(fields, this.#headers), told);
    this.#release();
  }

  rx(bytes: Uint8Array): number {
    if (this.#over) return bytes.length;
    const to = this.#other?.host;
    if (to?.room !== true) {
      to?.requestWriteable();
      return 0;
    }
    this.heard();
    this.#other?.heard();
    if (bytes.length > copiedBytes && this.host.transport.givesMemory) to.writeOwned(bytes);
    else {
      to.reserve(bytes.length).set(bytes, to.reservedAt);
      to.commit(bytes.length);
    }
    return bytes.length;
  }

  /** The other one may go on. */
  writeable(): void {
    this.#other?.host.forceService();
  }

  service(): boolean {
    return false;
  }

  peerEnded(): void {
    if (this.#over) return;
    this.#over = true;
    this.host.finish();
    this.#other?.end(false);
    this.#dialling?.abort();
  }

  timeout(): void {
    if (this.#over) return;
    this.host.report(mountErrors.LWS_ERR_MOUNT_PROXY_IDLE);
    this.#over = true;
    this.host.finish();
    this.#other?.end(false);
  }

  timer(): void {}

  drained(): void {
    this.#other?.host.forceService();
  }

  closing(): boolean {
    this.#over = true;
    this.#other?.end(false);
    return false;
  }

  threw(): void {
    this.host.abort();
  }

  leaving(): void {}

  gone(error: CodedError | undefined): void {
    this.#over = true;
    this.#release();
    this.#dialling?.abort();
    this.#other?.end(error !== undefined);
  }

  /** The other one has ended. */
  end(reset: boolean): void {
    if (this.#over) return;
    this.#over = true;
    if (reset) this.host.abort();
    else this.host.finish();
  }

  #release(): void {
    this.#kept?.release();
    this.#kept = undefined;
  }
}

/** Larger pieces are not copied, in bytes. */
const copiedBytes = 16_384;
