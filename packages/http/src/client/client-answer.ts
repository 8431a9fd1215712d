import { LwsError } from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import type { ResponseHeadReader } from '../framing/index.ts';

/** The head of an answer to a client, until `detach`. */
export class ClientAnswer {
  readonly status: number;
  /** 0 or 1, of `HTTP/1.x`. */
  readonly minor: number;
  #reader: ResponseHeadReader | undefined;

  constructor(reader: ResponseHeadReader) {
    this.status = reader.status;
    this.minor = reader.minor;
    this.#reader = reader;
  }

  /** Of its Content-Length, in bytes; -1 without one. */
  get contentLength(): number {
    return this.#head().contentLength;
  }

  /** Its body comes in chunks. */
  get chunked(): boolean {
    return this.#head().chunked;
  }

  /** The server would serve another request on the connection (RFC 9112 §9.3). */
  get keepAlive(): boolean {
    return this.#head().keepAlive;
  }

  /** The reason phrase, often empty. */
  get reason(): string {
    return this.#head().reason;
  }

  /** First field of that lower-case name. */
  field(name: string): string | undefined {
    const { table } = this.#head();
    const field = table.find(name);
    return field < 0 ? undefined : table.value(field);
  }

  /** All fields as received, names in lower case. */
  each(visit: (name: string, value: string) => void): void {
    const { table } = this.#head();
    for (let field = 0; field < table.count; field++) visit(table.name(field), table.value(field));
  }

  /** The head goes; reading throws from now on. */
  detach(): void {
    this.#reader = undefined;
  }

  #head(): ResponseHeadReader {
    if (this.#reader === undefined) throw new LwsError(httpErrors.LWS_ERR_HTTP_HEADERS_GONE);
    return this.#reader;
  }
}
