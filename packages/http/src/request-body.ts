/** The body of the request in hand: how much of it is to come, who reads it, and what is left unread. */
import type { CodedError, HttpBodySink, HttpFields, RoleHost } from '@lws-ts/interface';
import { httpErrors } from './errors.ts';
import {
  ChunkedBodyReader,
  type ChunkedBodySink,
  type HeadLimits,
  type RequestHeadReader,
} from './framing/index.ts';

/** What of an unread body is dropped to keep the connection, in bytes. */
const DROPPED_BYTES = 65_536;
/** Data of chunks up to this size moves together over the framing between, to be given in one piece. */
const JOINED_BYTES = 4096;

const continueLine = Uint8Array.from('HTTP/1.1 100 Continue\r\n\r\n', (char) => char.charCodeAt(0));
const noTrailers: HttpFields = Object.freeze([]);

export class RequestBody implements ChunkedBodySink {
  readonly #host: RoleHost;
  /** Of a Content-Length, bytes to come. */
  #left: number;
  #chunks: ChunkedBodyReader | undefined;
  /** Bytes of it that came, framing included. */
  #received: number;
  /** Of those, what nobody read. */
  #dropped: number;
  #sink: HttpBodySink | undefined;
  /** The peer sends it only after a 100 that was not sent yet. */
  #continueOwed: boolean;
  /** Decoded bytes that are together in the input and were not given yet. */
  #runStart: number;
  #runEnd: number;

  constructor(host: RoleHost) {
    this.#host = host;
    this.#left = 0;
    this.#chunks = undefined;
    this.#received = 0;
    this.#dropped = 0;
    this.#sink = undefined;
    this.#continueOwed = false;
    this.#runStart = 0;
    this.#runEnd = 0;
  }

  /** Something of it is to come. */
  get pending(): boolean {
    return this.#left > 0 || this.#chunks !== undefined;
  }

  /** Bytes of it that came, framing included. */
  get received(): number {
    return this.#received;
  }

  /** Somebody reads it. */
  get wanted(): boolean {
    return this.#sink !== undefined;
  }

  /** Too much is left for it to be dropped, or was dropped already. */
  get overlong(): boolean {
    return this.#left > DROPPED_BYTES || this.#dropped > DROPPED_BYTES;
  }

  /** Why the peer has to be refused: what came is no chunked body. */
  get violation(): CodedError | undefined {
    return this.#chunks?.violation;
  }

  /** Whether the next request can be found behind it, as things stand. @param unread what is left of it nobody will read */
  passable(unread: boolean): boolean {
    return !this.#continueOwed && ((this.#sink !== undefined && !unread) || !this.overlong);
  }

  /** That of a new request, judged by RFC 9110 §10.1.1 and §15.5.14. */
  begin(reader: RequestHeadReader, limits: HeadLimits, most: number): CodedError | undefined {
    this.#left = Math.max(0, reader.contentLength);
    this.#chunks = reader.chunked ? new ChunkedBodyReader(this, most, limits) : undefined;
    this.#received = 0;
    this.#dropped = 0;
    this.#sink = undefined;
    this.#continueOwed = reader.expects && this.pending;
    if (reader.expects && !expectsContinue(reader)) return httpErrors.LWS_ERR_HTTP_EXPECTATION;
    return this.#left > most ? httpErrors.LWS_ERR_HTTP_BODY_LIMIT : undefined;
  }

  /**
   * `sink` gets it from now on; returns how many bytes were sent to ask the peer for it.
   *
   * @param answered the answer has begun: what asks for a body would stand in the middle of it (RFC 9110 §10.1.1)
   */
  readBy(sink: HttpBodySink, answered: boolean): number {
    if (!this.pending) {
      sink.complete(noTrailers);
      return 0;
    }
    this.#sink = sink;
    if (!this.#continueOwed || answered) return 0;
    this.#continueOwed = false;
    const { length } = continueLine;
    this.#host.reserve(length).set(continueLine, this.#host.reservedAt);
    this.#host.commit(length);
    return length;
  }

  /** Gives the sink what of `bytes[at..]` belongs to the body; returns the place behind it. */
  deliver(bytes: Uint8Array, at: number): number {
    const sink = this.#sink;
    if (sink === undefined || !this.pending || !this.#host.mayDeliver) return at;
    const chunks = this.#chunks;
    if (chunks !== undefined) return this.#deliverChunks(chunks, sink, bytes, at);
    const length = Math.min(this.#left, bytes.length - at);
    this.#left -= length;
    this.#received += length;
    this.#give(bytes, at, at + length);
    if (this.#left === 0) this.#complete(sink, noTrailers);
    return at + length;
  }

  /** Passes over what of `bytes[at..]` belongs to the body; returns the place behind it. */
  drop(bytes: Uint8Array, at: number): number {
    const chunks = this.#chunks;
    let next = Math.min(bytes.length, at + this.#left);
    if (chunks === undefined) this.#left -= next - at;
    else {
      next = chunks.push(bytes, at, bytes.length);
      this.#dropped += next - at;
      if (chunks.complete) this.#chunks = undefined;
    }
    return next;
  }

  /** Nobody reads it any more. */
  forget(): void {
    this.#sink = undefined;
  }

  /** Data of a chunk: it waits for what of the next ones can join it. */
  data(bytes: Uint8Array, start: number, end: number): number {
    if (this.#sink === undefined) return end;
    if (this.#runEnd > this.#runStart) {
      if (end - start <= JOINED_BYTES) {
        if (end - start === 1) bytes[this.#runEnd] = bytes[start] as number;
        else bytes.copyWithin(this.#runEnd, start, end);
        this.#runEnd += end - start;
        return end;
      }
      this.#giveRun(bytes);
      if (this.#sink === undefined || !this.#host.mayDeliver) return start;
    }
    this.#runStart = start;
    this.#runEnd = end;
    return end;
  }

  #deliverChunks(
    chunks: ChunkedBodyReader,
    sink: HttpBodySink,
    bytes: Uint8Array,
    at: number,
  ): number {
    const next = chunks.push(bytes, at, bytes.length);
    this.#received += next - at;
    this.#giveRun(bytes);
    if (chunks.complete) {
      this.#chunks = undefined;
      this.#complete(sink, chunks.trailers);
    }
    return next;
  }

  #giveRun(bytes: Uint8Array): void {
    const start = this.#runStart;
    const end = this.#runEnd;
    this.#runStart = 0;
    this.#runEnd = 0;
    if (end > start) this.#give(bytes, start, end);
  }

  #give(bytes: Uint8Array, start: number, end: number): void {
    this.#host.delivered();
    this.#sink?.chunk(new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start));
  }

  #complete(sink: HttpBodySink, trailers: HttpFields): void {
    if (this.#sink !== sink) return;
    this.#sink = undefined;
    sink.complete(trailers);
  }
}

function expectsContinue(reader: RequestHeadReader): boolean {
  const { table } = reader;
  for (let field = table.find('expect'); field >= 0; field = table.find('expect', field + 1))
    if (!table.equalsToken(table.valueStart(field), table.valueEnd(field), '100-continue'))
      return false;
  return true;
}
