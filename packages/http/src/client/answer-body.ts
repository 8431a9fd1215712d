/** How the body of an answer ends (RFC 9112 §6.3), and where: what is framing is read and dropped. */
import type { CodedError, HttpFields } from '@lws-ts/interface';
import { ChunkedBodyReader, type ChunkedBodySink } from '../framing/index.ts';
import type { ClientAnswer } from './client-answer.ts';

const noTrailers: HttpFields = Object.freeze([]);

export class AnswerBody {
  readonly #sink: ChunkedBodySink;
  readonly #chunks: ChunkedBodyReader | undefined;
  /** Of a Content-Length, bytes to come; -1: up to the end of the connection. */
  #left: number;

  /** @param method of the request: HEAD has no body, whatever the head of its answer says */
  constructor(answer: ClientAnswer, method: string, sink: ChunkedBodySink) {
    const { status, contentLength, chunked } = answer;
    const none = method === 'HEAD' || status === 204 || status === 304;
    this.#sink = sink;
    this.#chunks =
      chunked && !none ? new ChunkedBodyReader(sink, Number.MAX_SAFE_INTEGER) : undefined;
    this.#left = none ? 0 : contentLength;
  }

  /** All of it came. */
  get complete(): boolean {
    return this.#chunks === undefined ? this.#left === 0 : this.#chunks.complete;
  }

  /** Nothing but the end of the connection ends it. */
  get endsWithConnection(): boolean {
    return this.#chunks === undefined && this.#left < 0;
  }

  /** Why the server cannot be believed; nothing more is read. */
  get violation(): CodedError | undefined {
    return this.#chunks?.violation;
  }

  get trailers(): HttpFields {
    return this.#chunks?.trailers ?? noTrailers;
  }

  /** Gives the sink what of `bytes` belongs to the body; returns the place behind what was taken. */
  push(bytes: Uint8Array): number {
    const { length } = bytes;
    if (this.#chunks !== undefined) return this.#chunks.push(bytes, 0, length);
    const end = this.#left < 0 ? length : Math.min(this.#left, length);
    if (end === 0) return 0;
    const taken = this.#sink.data(bytes, 0, end);
    if (this.#left > 0) this.#left -= taken;
    return taken;
  }
}
