import type {
  CodedError,
  HttpBinding,
  HttpBodySink,
  HttpExchange,
  HttpFields,
  KeptHeaders,
  RoleHost,
} from '@lws-ts/interface';
import { type LocalPlace, RedirectedRequest } from './redirected-request.ts';

/** The exchange of a script that leads elsewhere, as whoever answers in its place sees it. */
export class RedirectedExchange implements HttpExchange {
  readonly request: RedirectedRequest;
  /** How many scripts have led here, one after the other. */
  readonly hops: number;
  /** An answer was begun, or given. */
  touched = false;
  readonly #of: HttpExchange;

  constructor(of: HttpExchange, to: LocalPlace) {
    this.#of = of;
    this.hops = hopsOf(of) + 1;
    this.request = new RedirectedRequest(of.request, to);
  }

  get host(): RoleHost {
    return this.#of.host;
  }

  get user(): string | undefined {
    return this.#of.user;
  }

  set user(user: string | undefined) {
    this.#of.user = user;
  }

  reply(status: number, fields: HttpFields, body?: Uint8Array | string, constant?: boolean): void {
    this.touched = true;
    this.#of.reply(status, fields, body, constant);
  }

  head(status: number, fields: HttpFields, length?: number): void {
    this.touched = true;
    this.#of.head(status, fields, length);
  }

  body(bytes: Uint8Array, sent?: () => void, constant?: boolean): boolean {
    return this.#of.body(bytes, sent, constant);
  }

  end(trailers?: HttpFields): void {
    this.#of.end(trailers);
  }

  abort(error: CodedError): void {
    this.touched = true;
    this.#of.abort(error);
  }

  requestWriteable(): void {
    this.#of.requestWriteable();
  }

  /** There is none: what is left of the one that the script had is the connection's. */
  readBody(sink: HttpBodySink): void {
    sink.complete([]);
  }

  rxFlow(on: boolean): void {
    this.#of.rxFlow(on);
  }

  get binding(): HttpBinding | undefined {
    return this.#of.binding;
  }

  bind(binding: HttpBinding): void {
    this.#of.bind(binding);
  }

  keepHeaders(): KeptHeaders {
    return this.#of.keepHeaders();
  }
}

/** How many scripts have led to a request, one after the other. */
export function hopsOf(exchange: HttpExchange): number {
  return exchange instanceof RedirectedExchange ? exchange.hops : 0;
}
