import { type HttpRequest, LwsError } from '@lws-ts/interface';
import { httpErrors } from './errors.ts';
import type { RequestHeadReader } from './framing/index.ts';

/** One request over the header table that its head is in. */
export class H1Request implements HttpRequest {
  readonly method: string;
  readonly version: '1.0' | '1.1';
  readonly hasBody: boolean;
  readonly contentLength: number | undefined;
  #reader: RequestHeadReader | undefined;
  #plain: boolean;

  constructor(reader: RequestHeadReader) {
    const length = reader.contentLength;
    this.method = reader.method;
    this.version = reader.minor === 1 ? '1.1' : '1.0';
    this.hasBody = length > 0 || reader.chunked;
    this.contentLength = length < 0 ? undefined : length;
    this.#reader = reader;
    this.#plain = !reader.upgrade;
  }

  get target(): string {
    return this.#head().target;
  }

  get path(): string {
    return this.#head().path;
  }

  get query(): string {
    return this.#head().query;
  }

  get authority(): string {
    return this.#head().authority;
  }

  /** Whether it is offered as an upgrade; only then it has an Upgrade field. */
  get upgrade(): boolean {
    return !this.#plain;
  }

  field(name: string): string | undefined {
    const head = this.#head();
    return this.#plain && name === 'upgrade' ? undefined : head.value(name);
  }

  list(name: string): string | undefined {
    const head = this.#head();
    return this.#plain && name === 'upgrade' ? undefined : head.list(name);
  }

  each(visit: (name: string, value: string) => void): void {
    const { table } = this.#head();
    for (let field = 0; field < table.count; field++) {
      if (this.#plain && table.nameIs(field, 'upgrade')) continue;
      visit(table.name(field), table.value(field));
    }
  }

  /** Nobody took the upgrade: from now on it is a request like any other (RFC 9110 §7.8). */
  makePlain(): void {
    this.#plain = true;
  }

  /** The head is in another table from now on. */
  moveTo(reader: RequestHeadReader): void {
    this.#reader = reader;
  }

  /** The header table goes; reading throws from now on. */
  detach(): void {
    this.#reader = undefined;
  }

  #head(): RequestHeadReader {
    if (this.#reader === undefined) throw new LwsError(httpErrors.LWS_ERR_HTTP_HEADERS_GONE);
    return this.#reader;
  }
}
