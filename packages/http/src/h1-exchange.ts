/**
 * One transaction of an HTTP/1.1 connection: turns what a responder answers into bytes (RFC 9112 §6, §7.1),
 * and refuses what would make them lie. Reading the request and going on to the next is the connection's.
 */
import {
  type CodedError,
  type HttpAnswer,
  type HttpBinding,
  type HttpBodySink,
  type HttpExchange,
  type HttpFields,
  type KeptHeaders,
  LwsError,
  type RoleHost,
} from '@lws-ts/interface';
import { answerFraming, isBodyless } from './answer-framing.ts';
import { ANSWER_LIMIT, asksToClose, isSecure, writeNewHead } from './answer-head.ts';
import { assertBytes, writeChunkSize, writeLastChunk, writeText } from './body-framing.ts';
import { httpErrors } from './errors.ts';
import type { H1Request } from './h1-request.ts';
import { CHUNKED, SAY_CLOSE, SAY_KEEP_ALIVE, SAY_NOTHING, UNTIL_CLOSE } from './head-end.ts';
import type { HttpSite } from './http-site.ts';
import type { RecentHead } from './recent-heads.ts';

/** What an exchange needs of the connection it runs on. */
export interface ExchangeOwner {
  readonly host: RoleHost;
  readonly site: HttpSite;
  /** Whether another request may follow, as things stand when the head is written. @param whole the answer follows at once */
  mayKeepAlive(whole: boolean): boolean;
  /** More than the request in hand has come of the peer. */
  readonly more: boolean;
  /** Bytes went out. */
  wrote(bytes: number): void;
  /** The answer is whole. */
  answered(exchange: H1Exchange): void;
  askWriteable(): void;
  readBody(sink: HttpBodySink): void;
  readonly binding: HttpBinding | undefined;
  bind(binding: HttpBinding): void;
  /** The answer cannot be completed. */
  aborted(error: CodedError): void;
  keepHeaders(request: H1Request): KeptHeaders;
}

const OPEN = 0;
const STREAMING = 1;
const ENDED = 2;
const CUT = 3;

/** Larger bodies are not copied. */
const COPIED_BYTES = 16_384;
/**
 * From here on a body that never changes is kept together with its head and sent as it is: one that is shorter is copied
 * for less. Texts that are shorter are kept and copied with their heads.
 */
const WHOLE_BYTES = 1024;

const NOTHING = new Uint8Array(0);
const CRLF = Uint8Array.of(0x0d, 0x0a);

export class H1Exchange implements HttpExchange {
  readonly request: H1Request;
  user: string | undefined;
  /** Who answers it, when that is not done at once. */
  answer: HttpAnswer | undefined;
  readonly #owner: ExchangeOwner;
  /** Of the answer; 0 before it was given. */
  status: number;
  /** Of its body, without framing. */
  bodyBytes: number;
  #state: number;
  /** Bytes that are still owed; -1 when no length was announced. */
  #left: number;
  #chunked: boolean;
  /** The answer has no body, whatever the responder gives (RFC 9110 §6.4.1). */
  #bodyless: boolean;
  #closes: boolean;
  #inWriteable: boolean;
  #choked: boolean;
  #bound: boolean;

  constructor(owner: ExchangeOwner, request: H1Request) {
    this.request = request;
    this.user = undefined;
    this.answer = undefined;
    this.#owner = owner;
    this.status = 0;
    this.bodyBytes = 0;
    this.#state = OPEN;
    this.#left = 0;
    this.#chunked = false;
    this.#bodyless = false;
    this.#closes = false;
    this.#inWriteable = false;
    this.#choked = false;
    this.#bound = false;
  }

  get host(): RoleHost {
    return this.#owner.host;
  }

  /** Nothing of the answer was given yet. */
  get untouched(): boolean {
    return this.#state === OPEN;
  }

  /** A binding was made for it, or goes on with it. */
  get bound(): boolean {
    return this.#bound;
  }

  /** The whole answer was given. */
  get ended(): boolean {
    return this.#state === ENDED;
  }

  /** The connection ends behind this answer. */
  get closes(): boolean {
    return this.#closes;
  }

  reply(
    status: number,
    fields: HttpFields,
    body: Uint8Array | string = NOTHING,
    constant = false,
  ): void {
    if (!this.#mayAnswer(status)) return;
    if (typeof body !== 'string') assertBytes(body);
    const isText = typeof body === 'string';
    const length = isText ? Buffer.byteLength(body) : body.length;
    if (length > ANSWER_LIMIT)
      throw new LwsError(httpErrors.LWS_ERR_HTTP_REPLY_LIMIT, `a body of ${length} bytes`);
    const kept = isText
      ? length < WHOLE_BYTES
      : constant && length >= WHOLE_BYTES && length <= COPIED_BYTES;
    const whole = this.#writeHead(status, fields, length, true, kept ? body : undefined);
    if (!this.#bodyless && length > 0) {
      this.bodyBytes = length;
      if (!whole) this.#writeBody(body, length, constant);
    }
    this.#end();
  }

  head(status: number, fields: HttpFields, length?: number): void {
    if (!this.#mayAnswer(status)) return;
    if (length !== undefined && !(Number.isSafeInteger(length) && length >= 0))
      throw new LwsError(httpErrors.LWS_ERR_HTTP_BODY_LENGTH, `announced: ${length}`);
    this.#writeHead(status, fields, length, false);
    this.#state = STREAMING;
  }

  body(bytes: Uint8Array, sent?: () => void, constant = false): boolean {
    if (this.#state === CUT) return false;
    this.#assertStreaming();
    if (!this.#inWriteable) throw new LwsError(httpErrors.LWS_ERR_HTTP_NOT_WRITEABLE);
    if (this.#choked) throw new LwsError(httpErrors.LWS_ERR_HTTP_CHOKED);
    assertBytes(bytes);
    if (this.#bodyless || bytes.length === 0) {
      sent?.();
      return true;
    }
    if (this.#left >= 0) {
      if (bytes.length > this.#left)
        throw new LwsError(
          httpErrors.LWS_ERR_HTTP_BODY_LENGTH,
          `${bytes.length} bytes given, ${this.#left} left`,
        );
      this.#left -= bytes.length;
    }
    this.bodyBytes += bytes.length;
    if (this.#chunked) this.#writeChunk(bytes, sent);
    else if (constant && bytes.length > COPIED_BYTES) {
      this.#writeConstant(bytes);
      sent?.();
    } else this.#writePiece(bytes, sent);
    this.#choked = !this.host.room;
    return !this.#choked;
  }

  end(trailers: HttpFields = []): void {
    if (this.#state === CUT) return;
    this.#assertStreaming();
    if (this.#left > 0 && !this.#bodyless)
      throw new LwsError(httpErrors.LWS_ERR_HTTP_BODY_LENGTH, `${this.#left} bytes are missing`);
    if (this.#chunked) this.#owner.wrote(writeLastChunk(this.host, trailers));
    this.#end();
  }

  abort(error: CodedError): void {
    if (this.#state === ENDED || this.#state === CUT) return;
    this.#state = CUT;
    this.#owner.aborted(error);
  }

  requestWriteable(): void {
    if (this.#state < ENDED) this.#owner.askWriteable();
  }

  readBody(sink: HttpBodySink): void {
    if (this.#state < ENDED) this.#owner.readBody(sink);
  }

  rxFlow(on: boolean): void {
    if (this.#state < ENDED) this.host.rxFlowControl(on);
  }

  get binding(): HttpBinding | undefined {
    return this.#owner.binding;
  }

  bind(binding: HttpBinding): void {
    if (this.#state === CUT) return;
    this.#bound = true;
    this.#owner.bind(binding);
  }

  keepHeaders(): KeptHeaders {
    return this.#owner.keepHeaders(this.request);
  }

  /** Lets who answers it send. False: nobody does, or all of it was given. */
  serve(): boolean {
    const { answer } = this;
    if (answer === undefined || this.#state === ENDED) return false;
    this.#inWriteable = true;
    this.#choked = false;
    try {
      answer.writeable(this);
    } finally {
      this.#inWriteable = false;
    }
    return true;
  }

  /** It is over, and who answers it is told so: complete, or cut by `error`. Whatever that does now has no effect. */
  conclude(error: CodedError | undefined): void {
    const { answer } = this;
    const complete = this.#state === ENDED;
    this.answer = undefined;
    this.cut();
    answer?.done(complete ? undefined : error);
  }

  /** The connection is gone or another role's: whatever the responder does now has no effect. */
  cut(): void {
    if (this.#state !== ENDED) this.#state = CUT;
  }

  /** False when the answer would go nowhere. */
  #mayAnswer(status: number): boolean {
    if (this.#state === CUT) return false;
    if (this.#state !== OPEN) throw new LwsError(httpErrors.LWS_ERR_HTTP_ANSWERED);
    if (!Number.isInteger(status) || status < 200 || status > 599)
      throw new LwsError(httpErrors.LWS_ERR_HTTP_STATUS, String(status));
    return true;
  }

  #assertStreaming(): void {
    if (this.#state === OPEN) throw new LwsError(httpErrors.LWS_ERR_HTTP_NO_HEAD);
    if (this.#state === ENDED) throw new LwsError(httpErrors.LWS_ERR_HTTP_ANSWERED);
  }

  /**
   * The head, with how the body ends and whether the connection goes on (RFC 9112 §9.3).
   *
   * @param whole the body follows at once, or there is none
   * @param body when it never changes; true: it was written too
   */
  #writeHead(
    status: number,
    fields: HttpFields,
    length: number | undefined,
    whole: boolean,
    body?: Uint8Array | string,
  ): boolean {
    if (!Array.isArray(fields))
      throw new LwsError(httpErrors.LWS_ERR_HTTP_FIELD_VALUE, 'the fields are no list');
    const { version, method } = this.request;
    const old = version === '1.0';
    const framing = answerFraming(old, status, length);
    const bodyless = isBodyless(method, status);
    const { host, site } = this.#owner;
    const recent = site.recentHeads.find(status, fields, isSecure(host));
    const ends = recent === undefined && asksToClose(fields);
    const closes =
      ends || !this.#owner.mayKeepAlive(whole) || (framing === UNTIL_CLOSE && !bodyless);
    const connection = closes ? SAY_CLOSE : old ? SAY_KEEP_ALIVE : SAY_NOTHING;
    let complete = false;
    if (recent === undefined)
      this.#owner.wrote(writeNewHead(host, site, status, fields, framing, connection));
    else complete = this.#writeRecent(recent, framing, connection, bodyless ? undefined : body);
    this.status = status;
    this.#bodyless = bodyless;
    this.#chunked = framing === CHUNKED && !bodyless;
    this.#left = length ?? -1;
    this.#closes = closes;
    return complete;
  }

  /** A head that was written before, and `body` behind it where that was too: then true. */
  #writeRecent(
    recent: RecentHead,
    framing: number,
    connection: number,
    body: Uint8Array | string | undefined,
  ): boolean {
    const { host, site, more } = this.#owner;
    const bytes = recent.bytes(site.date, framing, connection, body);
    const { whole } = recent;
    // the answers to all that came together leave in one write
    const alone = bytes.length >= WHOLE_BYTES && !more && host.pendingBytes === 0;
    if (whole && alone) {
      host.writeOwned(bytes);
      this.#owner.wrote(bytes.length);
    } else this.#writeCopy(bytes);
    return whole;
  }

  #end(): void {
    this.#state = ENDED;
    this.#owner.answered(this);
  }

  #writeBody(body: Uint8Array | string, length: number, constant: boolean): void {
    if (typeof body === 'string') this.#owner.wrote(writeText(this.host, body, length));
    else if (constant && length > COPIED_BYTES) this.#writeConstant(body);
    else this.#writeCopy(body);
  }

  #writeCopy(bytes: Uint8Array): void {
    const { host } = this.#owner;
    const into = host.reserve(bytes.length);
    into.set(bytes, host.reservedAt);
    host.commit(bytes.length);
    this.#owner.wrote(bytes.length);
  }

  #writePiece(bytes: Uint8Array, sent: (() => void) | undefined): void {
    const { length } = bytes;
    if (length > COPIED_BYTES) {
      // whoever gave them may do away with them when they are sent
      this.host.writeOwned(bytes, sent);
      this.#owner.wrote(length);
    } else {
      this.#writeCopy(bytes);
      sent?.();
    }
  }

  /** RFC 9112 §7.1. Whoever ends the answer in `sent` would otherwise do so in the middle of a chunk. */
  #writeChunk(bytes: Uint8Array, sent: (() => void) | undefined): void {
    this.#owner.wrote(writeChunkSize(this.host, bytes.length));
    let framed = false;
    let free = sent !== undefined && bytes.length <= COPIED_BYTES;
    const kept = sent === undefined || free;
    this.#writePiece(
      bytes,
      kept
        ? undefined
        : () => {
            if (framed) sent();
            else free = true;
          },
    );
    this.#writeCopy(CRLF);
    framed = true;
    if (free) sent?.();
  }

  #writeConstant(bytes: Uint8Array): void {
    this.#owner.host.writeShared(bytes);
    this.#owner.wrote(bytes.length);
  }
}
