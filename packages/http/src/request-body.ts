/** The body of the request in hand: how much of it is to come, who reads it, and what is left unread. */
import type { CodedError, HttpBodySink, HttpFields, RoleHost } from '@lws-ts/interface';
import { httpErrors } from './errors.ts';
import type { RequestHeadReader } from './framing/index.ts';

/** What of an unread body is dropped to keep the connection, in bytes. */
const DROPPED_BYTES = 65_536;

const continueLine = Uint8Array.from('HTTP/1.1 100 Continue\r\n\r\n', (char) => char.charCodeAt(0));
const noTrailers: HttpFields = [];

export class RequestBody {
  readonly #host: RoleHost;
  #left: number;
  #sink: HttpBodySink | undefined;
  /** The peer sends it only after a 100 that was not sent yet. */
  #continueOwed: boolean;

  constructor(host: RoleHost) {
    this.#host = host;
    this.#left = 0;
    this.#sink = undefined;
    this.#continueOwed = false;
  }

  /** Bytes to come. */
  get left(): number {
    return this.#left;
  }

  /** Somebody reads it. */
  get wanted(): boolean {
    return this.#sink !== undefined;
  }

  /** Too much is left for it to be dropped. */
  get overlong(): boolean {
    return this.#left > DROPPED_BYTES;
  }

  /** Whether the next request can be found behind it, as things stand. */
  get passable(): boolean {
    return !this.#continueOwed && (this.#sink !== undefined || !this.overlong);
  }

  /** That of a new request, judged by RFC 9110 §10.1.1 and §15.5.14. @param limit the most it may have, in bytes */
  begin(reader: RequestHeadReader, limit: number): CodedError | undefined {
    this.#left = Math.max(0, reader.contentLength);
    this.#sink = undefined;
    this.#continueOwed = reader.expects && this.#left > 0;
    if (reader.expects && !expectsContinue(reader)) return httpErrors.LWS_ERR_HTTP_EXPECTATION;
    return this.#left > limit ? httpErrors.LWS_ERR_HTTP_BODY_LIMIT : undefined;
  }

  /** `sink` gets it from now on; returns how many bytes were sent to ask the peer for it. */
  readBy(sink: HttpBodySink): number {
    if (this.#left === 0) {
      sink.complete(noTrailers);
      return 0;
    }
    this.#sink = sink;
    if (!this.#continueOwed) return 0;
    this.#continueOwed = false;
    const { length } = continueLine;
    this.#host.reserve(length).set(continueLine, this.#host.reservedAt);
    this.#host.commit(length);
    return length;
  }

  /** Gives the sink what of `bytes[at..]` belongs to the body; returns the place behind it. */
  deliver(bytes: Uint8Array, at: number): number {
    const sink = this.#sink;
    if (sink === undefined || this.#left === 0 || !this.#host.mayDeliver) return at;
    const length = Math.min(this.#left, bytes.length - at);
    this.#left -= length;
    this.#host.delivered();
    sink.chunk(new Uint8Array(bytes.buffer, bytes.byteOffset + at, length));
    if (this.#left === 0 && this.#sink === sink) {
      this.#sink = undefined;
      sink.complete(noTrailers);
    }
    return at + length;
  }

  /** Passes over what of `[at..end)` belongs to the body; returns the place behind it. */
  drop(at: number, end: number): number {
    const length = Math.min(this.#left, end - at);
    this.#left -= length;
    return at + length;
  }

  /** Nobody reads it any more. */
  forget(): void {
    this.#sink = undefined;
  }
}

function expectsContinue(reader: RequestHeadReader): boolean {
  const { table } = reader;
  for (let field = table.find('expect'); field >= 0; field = table.find('expect', field + 1))
    if (!table.equalsToken(table.valueStart(field), table.valueEnd(field), '100-continue'))
      return false;
  return true;
}
