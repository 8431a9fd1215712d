/** The program's side of an HTTP request that it makes, and what calls its handlers. */
import { atOnce, ConnectionWsi, coreErrors } from '@lws-ts/core';
import {
  type BoundProtocol,
  type ClientHandlers,
  type ClientTarget,
  type CodedError,
  type ConnectCall,
  dropPromise,
  type HttpClientWsi,
  type HttpFields,
  LwsError,
  percentDecoded,
  type RoleHost,
} from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import { findUrlArg } from '../url-arg.ts';
import type { ClientAnswer } from './client-answer.ts';
import { checkRequestField } from './connect-options.ts';
import { HttpClientBodyTx } from './http-client-tx.ts';
import type { IdleTransports } from './idle-transports.ts';
import { OutgoingRequest, toldError } from './outgoing-request.ts';
import type { RequestOwner } from './request-owner.ts';

const nothing = new Uint8Array(0);
/** What `httpClientRead` gives at most unless told otherwise, in bytes. */
const readBytes = 4096;

export class HttpClientConnection
  extends ConnectionWsi<unknown, unknown>
  implements HttpClientWsi<unknown, unknown>, RequestOwner
{
  readonly request: OutgoingRequest;
  readonly #protocol: BoundProtocol;
  readonly #handlers: ClientHandlers<unknown, unknown>;
  #target: ClientTarget;
  #answer: ClientAnswer | undefined = undefined;
  #established = false;
  #complete = false;
  #over = false;
  /** `fields` is asking for what the request has. */
  #asking = false;
  /** What waits to be read: in hand during `data`, else kept. */
  #waiting: Uint8Array = nothing;
  /** Some of it was read, and the rest is to be offered again. */
  #again = false;
  #tx: HttpClientBodyTx | undefined = undefined;

  constructor(
    host: RoleHost,
    call: ConnectCall,
    protocol: BoundProtocol,
    idle: IdleTransports,
    method: string,
  ) {
    super(host, protocol);
    this.#protocol = protocol;
    this.#handlers = protocol.spec.client ?? {};
    this.#target = call.target;
    this.request = new OutgoingRequest(host, call, this, idle, method);
  }

  // ---- HttpClientWsi

  get wsi(): this {
    return this;
  }

  override get open(): boolean {
    return this.#established && !this.#over && super.open;
  }

  get method(): string {
    return this.request.method;
  }

  get status(): number {
    return this.#answer?.status ?? 0;
  }

  get contentLength(): number | undefined {
    const length = this.#answer?.contentLength ?? -1;
    return length < 0 ? undefined : length;
  }

  get path(): string {
    const { path } = this.#target;
    const mark = path.indexOf('?');
    return percentDecoded(mark < 0 ? path : path.slice(0, mark));
  }

  get query(): string {
    const { path } = this.#target;
    const mark = path.indexOf('?');
    return mark < 0 ? '' : path.slice(mark + 1);
  }

  header(name: string): string | undefined {
    return this.#answer?.field(name.toLowerCase());
  }

  eachHeader(visit: (name: string, value: string) => void): void {
    this.#answer?.each(visit);
  }

  urlArg(name: string): string | undefined {
    return findUrlArg(this.query, name);
  }

  clientHttpBodyPending(length?: number): void {
    if (!this.#asking || this.request.hasBody)
      throw new LwsError(
        httpErrors.LWS_ERR_HTTP_CLIENT_BODY,
        this.#asking ? 'requestBody is there' : 'not in appendHandshakeHeader',
      );
    this.request.body.announce(length);
  }

  httpClientRead(most: number = readBytes): Uint8Array {
    if (!(Number.isSafeInteger(most) && most >= 1))
      throw new LwsError(httpErrors.LWS_ERR_HTTP_CLIENT_READ, String(most));
    const waiting = this.#waiting;
    if (waiting.length === 0) return nothing;
    const piece = waiting.slice(0, most);
    this.#waiting = waiting.subarray(piece.length);
    this.#obey(this.#handlers.receiveHttpRead?.(this, piece));
    if (this.#waiting.length === 0) this.request.resume();
    else if (!this.#again) {
      this.#again = true;
      this.request.offerAgain();
    }
    return piece;
  }

  override close(): void {
    if (!this.#complete) this.request.abort();
  }

  override abort(): void {
    if (!this.#complete) this.request.abort();
  }

  // ---- RequestOwner

  fields(target: ClientTarget): HttpFields {
    const fields: (readonly [string, string])[] = [];
    this.#target = target;
    this.#asking = true;
    try {
      const add = (name: string, value: string): void => {
        fields.push(checkRequestField(name, value));
      };
      const done: unknown = this.#handlers.appendHandshakeHeader?.(this, add);
      if (atOnce(done) === -1) this.host.giveUp(httpErrors.LWS_ERR_HTTP_CLIENT_REFUSED);
    } finally {
      this.#asking = false;
    }
    return fields;
  }

  writeable(): void {
    if (this.#handlers.httpWriteable === undefined || this.#complete) return;
    this.#tx ??= new HttpClientBodyTx(this.host, this.request.body);
    this.#tx.begin();
    try {
      this.#obey(this.#handlers.httpWriteable(this, this.#tx));
    } finally {
      this.#tx.expire();
    }
  }

  judge(answer: ClientAnswer): void {
    this.#answer = answer;
    const verdict = atOnce<unknown>(this.#handlers.filterPreEstablish?.(this));
    if (verdict === false || verdict === -1)
      this.host.giveUp(httpErrors.LWS_ERR_HTTP_CLIENT_REFUSED);
  }

  answered(): void {
    this.#established = true;
    this.host.bind(this.#protocol, this);
    this.#obey(this.#handlers.establishedHttp?.(this));
  }

  data(bytes: Uint8Array, start: number, end: number): number {
    if (this.#waiting.length > 0) return start;
    const piece = new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
    if (this.#handlers.receiveHttp === undefined) {
      this.#obey(this.#handlers.receiveHttpRead?.(this, piece));
      return end;
    }
    this.#waiting = piece;
    this.#obey(this.#handlers.receiveHttp(this));
    // what the transport reads into again has to be kept elsewhere
    if (this.#waiting.length > 0 && !this.host.transport.givesMemory)
      this.#waiting = new Uint8Array(this.#waiting);
    return end;
  }

  offer(): void {
    if (!this.#again) return;
    this.#again = false;
    if (this.#waiting.length > 0) this.#obey(this.#handlers.receiveHttp?.(this));
  }

  get unread(): boolean {
    return this.#waiting.length > 0;
  }

  complete(trailers: HttpFields): void {
    this.#complete = true;
    this.#obey(this.#handlers.completedHttp?.(this, trailers));
  }

  timer(): void {
    this.#obey(this.#handlers.timer?.(this));
  }

  gone(error: CodedError | undefined): void {
    this.#over = true;
    this.#waiting = nothing;
    const told = error === undefined ? undefined : toldError(error);
    const done: unknown = this.#established
      ? this.#handlers.closedHttp?.(this, told)
      : this.#handlers.connectionError?.(this, told as LwsError);
    if (!dropPromise(done)) return;
    this.host.report(coreErrors.LWS_ERR_HANDLER_ASYNC, 'closedHttp');
  }

  #obey(done: unknown): void {
    if (atOnce(done) === -1) this.close();
  }
}
