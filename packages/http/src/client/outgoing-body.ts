/** The body of a request, written as its head announced it: so many bytes, or chunks (RFC 9112 §6, §7.1). */
import { type HttpFields, LwsError, type RoleHost } from '@lws-ts/interface';
import { assertTrailer } from '../answer-head.ts';
import { assertBytes } from '../body-framing.ts';
import { httpErrors } from '../errors.ts';
import { fieldsLength, writeFields } from '../framing/index.ts';

/** Larger pieces that are given away are not copied, in bytes. */
const copiedBytes = 16_384;
const none: HttpFields = Object.freeze([]);
/** The largest piece that is copied at once, in bytes. */
const pieceBytes = 65_536;

export class OutgoingBody {
  readonly #host: RoleHost;
  #announced = false;
  #chunked = false;
  /** Of a length, bytes to come. */
  #left = 0;
  #begun = false;
  #ended = true;

  constructor(host: RoleHost) {
    this.#host = host;
  }

  /** Some of it is to be sent. */
  get pending(): boolean {
    return !this.#ended;
  }

  /** Some of it was sent. */
  get begun(): boolean {
    return this.#begun;
  }

  /** There is one. */
  get announced(): boolean {
    return this.#announced;
  }

  /** The request is written anew, and has none until it is announced. */
  reset(): void {
    this.#announced = false;
    this.#chunked = false;
    this.#left = 0;
    this.#ended = true;
  }

  /** @param length in bytes; undefined: chunked @throws `LWS_ERR_HTTP_BODY_LENGTH` */
  announce(length: number | undefined): void {
    if (length !== undefined && !(Number.isSafeInteger(length) && length >= 0))
      throw new LwsError(httpErrors.LWS_ERR_HTTP_BODY_LENGTH, `announced: ${length}`);
    this.#announced = true;
    this.#chunked = length === undefined;
    this.#left = length ?? 0;
    this.#ended = false;
  }

  /** The field that says how it is framed. */
  fields(method: string): HttpFields {
    if (this.#chunked) return [['transfer-encoding', 'chunked']];
    // RFC 9110 §8.6: a method that has a body says when it has none
    if (!this.#announced && method !== 'POST' && method !== 'PUT' && method !== 'PATCH')
      return none;
    return [['content-length', String(this.#left)]];
  }

  /**
   * @param given the bytes are never changed after the call
   * @throws `LWS_ERR_HTTP_BODY_LENGTH` for more than was announced
   */
  body(bytes: Uint8Array, given: boolean): void {
    if (this.#ended) throw new LwsError(httpErrors.LWS_ERR_HTTP_CLIENT_BODY, 'it has ended');
    assertBytes(bytes);
    if (bytes.length === 0) return;
    this.#begun = true;
    if (this.#chunked) this.#text(`${bytes.length.toString(16)}\r\n`);
    else if (bytes.length > this.#left)
      throw new LwsError(
        httpErrors.LWS_ERR_HTTP_BODY_LENGTH,
        `${bytes.length} bytes given, ${this.#left} left`,
      );
    else this.#left -= bytes.length;
    if (given && bytes.length > copiedBytes) this.#host.writeOwned(bytes);
    else
      for (let at = 0; at < bytes.length; at += pieceBytes)
        this.#copy(bytes.subarray(at, at + pieceBytes));
    if (this.#chunked) this.#text('\r\n');
  }

  /** @throws `LWS_ERR_HTTP_BODY_LENGTH` when bytes are missing */
  end(trailers: HttpFields): void {
    if (this.#ended) return;
    if (this.#left > 0)
      throw new LwsError(httpErrors.LWS_ERR_HTTP_BODY_LENGTH, `${this.#left} bytes are missing`);
    for (const [name] of trailers) assertTrailer(name);
    this.#ended = true;
    if (!this.#chunked) return;
    this.#text('0\r\n');
    const most = fieldsLength(trailers);
    const into = this.#host.reserve(most);
    const start = this.#host.reservedAt;
    this.#host.commit(writeFields(into, start, trailers) - start);
    this.#text('\r\n');
  }

  #copy(bytes: Uint8Array): void {
    this.#host.reserve(bytes.length).set(bytes, this.#host.reservedAt);
    this.#host.commit(bytes.length);
  }

  #text(ascii: string): void {
    const into = this.#host.reserve(ascii.length);
    const start = this.#host.reservedAt;
    for (let at = 0; at < ascii.length; at++) into[start + at] = ascii.charCodeAt(at);
    this.#host.commit(ascii.length);
  }
}
