/**
 * One request passed on to an upstream and its answer passed back, both as they come: whoever takes slowly holds back
 * whoever gives. The peer never gets a whole answer of what was not one.
 */
import { ConnectionWsi } from '@lws-ts/core';
import {
  type ClientAnswer,
  type OutgoingRequest,
  outgoingRequest,
  type RequestOwner,
} from '@lws-ts/http';
import type {
  BoundProtocol,
  ClientRoleState,
  CodedError,
  ConnectCall,
  HttpAnswer,
  HttpBodySink,
  HttpExchange,
  HttpFields,
  RoleHost,
  Wsi,
} from '@lws-ts/interface';
import { mountErrors } from '../errors.ts';
import type { ProxyMount } from '../mount.ts';
import { withMountHeaders } from '../mount-headers.ts';
import { refuse } from '../refuse.ts';
import { answerFields } from './answer-fields.ts';
import { LinkRewriter } from './link-rewriter.ts';
import { placeOf, proxiedPath } from './proxied-path.ts';
import type { Upstreams } from './upstreams.ts';

/** Nobody's: it has neither session nor handlers. */
export const proxyProtocol: BoundProtocol = Object.freeze({
  name: '',
  spec: { name: 'proxy' },
  flags: {},
  vhostData: undefined,
  requestWriteableAll: () => undefined,
});

const nothing = new Uint8Array(0);
/** From so many bytes on what waits is sent before more is read: of TLS a record has room behind less. */
const fullBytes = 48 * 1024;

export class ProxiedExchange implements HttpAnswer, RequestOwner {
  readonly kind = 'answer';
  readonly atOnce = true;
  readonly authority: string | undefined;
  readonly targetPath: string;
  readonly tail: Uint8Array | undefined;
  readonly #exchange: HttpExchange;
  readonly #mount: ProxyMount;
  readonly #fields: HttpFields;
  readonly #upstreams: Upstreams;
  #request: OutgoingRequest | undefined = undefined;
  #upstream: RoleHost | undefined = undefined;
  #wsi: Wsi<unknown, unknown> | undefined = undefined;
  readonly #bodySink: HttpBodySink;
  #bodyAsked = false;
  #bodyHeld = false;
  /** Of the body, what came while there was no connection to the upstream. */
  #early: Uint8Array = nothing;
  /** Trailers of the body, once it is complete. */
  #bodyEnd: HttpFields | undefined = undefined;
  #answer: ClientAnswer | undefined = undefined;
  #rewrites = false;
  /** Trailers of an answer that came whole and is not passed on to its end. */
  #last: HttpFields | undefined = undefined;
  #begun = false;
  /** The fields of an answer that is there as a whole. */
  #whole: HttpFields | undefined = undefined;
  /** The exchange, or the upstream's part in it, is over. */
  #over = false;
  /** What came of the answer and was not passed on yet. */
  #piece: Uint8Array = nothing;
  /** Of the pool, what the piece stands in, or what is being sent. */
  #memory: Uint8Array | undefined = undefined;
  #sending = false;
  readonly #whenSent = (): void => this.#sent();
  #rewriter: LinkRewriter | undefined = undefined;

  /** @param tail further fields of the request, as lines */
  constructor(
    exchange: HttpExchange,
    mount: ProxyMount,
    upstreams: Upstreams,
    fields: HttpFields,
    tail: Uint8Array | undefined,
  ) {
    this.tail = tail;
    this.#exchange = exchange;
    this.#mount = mount;
    this.#upstreams = upstreams;
    this.#fields = fields;
    this.#bodySink = {
      chunk: (bytes) => this.#takeBody(bytes),
      complete: (trailers) => {
        this.#bodyEnd = trailers;
        this.#endBody();
      },
    };
    this.targetPath = proxiedPath(mount, exchange.request);
    this.authority = mount.preserveHost ? exchange.request.field('host') : undefined;
  }

  start(): void {
    const { vhost } = this.#exchange.host;
    this.#upstreams.to(this.#mount, vhost)((host, call) => this.#connect(host, call));
  }

  get wsi(): Wsi<unknown, unknown> {
    return this.#wsi as Wsi<unknown, unknown>;
  }

  // ---- the peer

  /** Of both sides: of the peer with its exchange, of the upstream without. */
  writeable(exchange?: HttpExchange): void {
    if (exchange === undefined) this.#sendBody();
    else this.#sendPiece(exchange);
  }

  #sendPiece(exchange: HttpExchange): void {
    const piece = this.#piece;
    if (piece.length === 0) return;
    this.#piece = nothing;
    if (this.#memory !== undefined) {
      this.#sending = true;
      exchange.body(piece, this.#whenSent);
      return;
    }
    exchange.body(piece);
    if (this.#last === undefined) this.#request?.resume();
    else this.#endAnswer(this.#last);
  }

  #sent(): void {
    this.#sending = false;
    this.#dropMemory();
    this.#request?.resume();
  }

  done(): void {
    this.#piece = nothing;
    if (!this.#sending) this.#dropMemory();
    if (this.#over) return;
    this.#over = true;
    this.#request?.abort();
  }

  #sendBody(): void {
    if (this.#over) return;
    if (!this.#bodyAsked) {
      this.#bodyAsked = true;
      this.#exchange.readBody(this.#bodySink);
      return;
    }
    this.#sendEarly();
    this.#endBody();
    if (this.#upstream?.room === true) this.#goOnReading();
    else this.#upstream?.requestWriteable();
  }

  /** A connection that died unheard was replaced: what came meanwhile goes by the new one. */
  #sendEarly(): void {
    const early = this.#early;
    this.#early = nothing;
    if (early.length > 0) this.#request?.body.body(early, false);
  }

  /** By a connection that replaces one the end of an empty body goes once more. */
  #endBody(): void {
    if (this.#over || this.#bodyEnd === undefined || this.#upstream?.open !== true) return;
    if (this.#early.length === 0) this.#request?.body.end(this.#bodyEnd);
  }

  // ---- the upstream

  fields(): HttpFields {
    const { hasBody, contentLength } = this.#exchange.request;
    if (hasBody || contentLength === 0) this.#request?.body.announce(contentLength);
    return this.#fields;
  }

  get unread(): boolean {
    return this.#piece.length > 0;
  }

  judge(answer: ClientAnswer): void {
    this.#answer = answer;
  }

  answered(whole: boolean): void {
    const answer = this.#answer;
    if (this.#over || answer === undefined) return;
    const mount = this.#mount;
    const { status } = answer;
    this.#rewrites = mount.rewriteLinks && isPage(answer);
    const fields = answerFields(answer, placeOf(mount), this.#rewrites);
    const length = this.#rewrites || answer.contentLength < 0 ? undefined : answer.contentLength;
    // RFC 9110 §8.6
    const bodyless = status === 204 || status === 304;
    if (whole && !this.#rewrites) {
      this.#whole = withMountHeaders(fields, mount.headers);
      return;
    }
    this.#exchange.head(
      status,
      withMountHeaders(fields, mount.headers),
      bodyless ? undefined : length,
    );
    this.#begun = true;
    // what is long is copied to memory that is used again
    this.#upstream?.lend(true);
    if (this.#rewrites) this.#rewriter = new LinkRewriter(mount.mountpoint);
  }

  data(bytes: Uint8Array, start: number, end: number): number {
    if (this.#over) return end;
    if (this.#whole !== undefined) {
      this.#goOnReading();
      this.#exchange.reply(this.#answer?.status ?? 502, this.#whole, bytes.subarray(start, end));
      this.#over = true;
      return end;
    }
    if (this.#rewriter === undefined) return this.#copy(bytes, start, end);
    if (this.#piece.length > 0) return start;
    const piece = new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
    this.#piece = this.#rewriter.push(piece, false);
    if (this.#piece.length > 0) this.#exchange.requestWriteable();
    return end;
  }

  get full(): boolean {
    return this.#sending || this.#piece.length > fullBytes;
  }

  complete(trailers: HttpFields): void {
    if (this.#over) return;
    const rest = this.#rewriter?.push(nothing, true) ?? nothing;
    if (rest.length > 0) {
      this.#last = trailers;
      this.#piece = rest;
      this.#exchange.requestWriteable();
    } else this.#endAnswer(trailers);
  }

  timer(): void {}

  gone(error: CodedError | undefined): void {
    this.#request = undefined;
    this.#upstream = undefined;
    if (this.#over || error === undefined) return;
    this.#over = true;
    const late = error.status === 504 || error.code === 'LWS_ERR_CONNECT_TIMEOUT';
    const told = late
      ? mountErrors.LWS_ERR_MOUNT_UPSTREAM_TIMEOUT
      : mountErrors.LWS_ERR_MOUNT_UPSTREAM;
    this.#goOnReading();
    if (this.#begun) this.#exchange.abort(told);
    else refuse(this.#exchange, told, this.#mount.headers);
  }

  // ---- private

  #connect(host: RoleHost, call: ConnectCall): ClientRoleState {
    const { method } = this.#exchange.request;
    const idle = this.#upstreams.idle(this.#exchange.host.vhost);
    this.#upstream = host;
    this.#wsi = new ConnectionWsi(host, proxyProtocol);
    this.#request = outgoingRequest(host, call, this, idle, method);
    return this.#request.transaction;
  }

  /** Behind what waits, as far as there is room; what is being sent stays as it is. */
  #copy(bytes: Uint8Array, start: number, end: number): number {
    if (this.#sending) return start;
    this.#memory ??= this.#upstreams.pieces.take();
    const memory = this.#memory;
    const { length } = this.#piece;
    const taken = Math.min(end - start, memory.length - length);
    memory.set(bytes.subarray(start, start + taken), length);
    this.#piece = memory.subarray(0, length + taken);
    if (length === 0) this.#exchange.requestWriteable();
    return start + taken;
  }

  #dropMemory(): void {
    if (this.#memory !== undefined) this.#upstreams.pieces.keepSpare(this.#memory);
    this.#memory = undefined;
  }

  #takeBody(bytes: Uint8Array): void {
    if (this.#over) return;
    const there = this.#upstream?.open === true;
    if (there) this.#request?.body.body(bytes, false);
    else this.#early = bytes.slice();
    if (there && this.#upstream?.room !== false) return;
    this.#bodyHeld = true;
    this.#exchange.rxFlow(false);
    this.#upstream?.requestWriteable();
  }

  /** What is left of the body of a request that has its answer is the connection's. */
  #goOnReading(): void {
    if (!this.#bodyHeld) return;
    this.#bodyHeld = false;
    this.#exchange.rxFlow(true);
  }

  #endAnswer(trailers: HttpFields): void {
    // done() follows from end()
    this.#over = true;
    this.#goOnReading();
    this.#exchange.end(trailers);
  }
}

/** A page whose bytes can be read as they are. */
function isPage(answer: ClientAnswer): boolean {
  const type = answer.field('content-type') ?? '';
  const coding = answer.field('content-encoding') ?? 'identity';
  return /^text\/html(?:\s*;|$)/i.test(type) && coding === 'identity' && answer.status !== 206;
}
