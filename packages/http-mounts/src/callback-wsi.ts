import { ConnectionWsi, coreErrors } from '@lws-ts/core';
import { findUrlArg } from '@lws-ts/http';
import {
  type CodedError,
  type Held,
  type HttpFields,
  type HttpRequest,
  type HttpWsi,
  interfaceErrors,
  LwsError,
  type ServeFileOptions,
} from '@lws-ts/interface';
import { encodeLocation } from './location.ts';
import { pathBelow } from './mounted-path.ts';
import { statusPage } from './status-page.ts';
import type { TransactionView } from './transaction-view.ts';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const noFields: HttpFields = Object.freeze([]);
const noOptions: ServeFileOptions = Object.freeze({});

/** The program's side of one request; what it says of the connection counts until the next one begins. */
export class CallbackWsi
  extends ConnectionWsi<unknown, unknown>
  implements HttpWsi<unknown, unknown>
{
  readonly pathInMount: string;
  readonly #transaction: TransactionView;
  /** What the program has told of by `holdsMore`. */
  #holds = 0;

  constructor(transaction: TransactionView) {
    const { binding, exchange } = transaction;
    super(exchange.host, binding.protocol, binding);
    this.pathInMount = pathBelow(binding.mount, exchange.request.path);
    this.#transaction = transaction;
  }

  override get open(): boolean {
    return this.#speaksForConnection() && super.open;
  }

  get method(): string {
    return this.#transaction.exchange.request.method;
  }

  get hasBody(): boolean {
    return this.#transaction.exchange.request.hasBody;
  }

  get contentLength(): number | undefined {
    return this.#transaction.exchange.request.contentLength;
  }

  get pmo(): Readonly<Record<string, string>> {
    return this.#transaction.binding.mount.pmo;
  }

  get answered(): boolean {
    return this.#transaction.answered;
  }

  get path(): string {
    return this.#request().path;
  }

  get query(): string {
    return this.#request().query;
  }

  header(name: string): string | undefined {
    return this.#request().field(name.toLowerCase());
  }

  eachHeader(visit: (name: string, value: string) => void): void {
    this.#request().each(visit);
  }

  urlArg(name: string): string | undefined {
    return findUrlArg(this.#request().query, name);
  }

  reply(status: number, fields: HttpFields = noFields, body?: Uint8Array | string): void {
    this.#transaction.reply(status, fields, body);
  }

  /** @throws `LWS_ERR_OPTION` for a status that is no redirect */
  redirect(status: number, location: string): void {
    if (!REDIRECTS.has(status) || typeof location !== 'string')
      throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `redirect(${status}, ${typeof location})`);
    this.#transaction.reply(status, [['location', encodeLocation(location)]]);
  }

  returnHttpStatus(status: number, body?: string): void {
    const page = statusPage(status, noFields, body);
    this.#transaction.reply(status, page.fields, page.body);
  }

  refuse(error: CodedError): void {
    this.#transaction.refuse(error);
  }

  /** @throws `LWS_ERR_OPTION` for what is no integer */
  holdsMore(bytes: number): void {
    if (!Number.isSafeInteger(bytes))
      throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `holdsMore(${bytes})`);
    if (this.#transaction.over) return;
    this.#holds += bytes;
    this.#transaction.exchange.host.holdsMore(bytes);
  }

  /** Owned by the transaction: it is over, and what the program kept counts no more. */
  letGo(): void {
    this.#transaction.exchange.host.holdsMore(-this.#holds);
    this.#holds = 0;
  }

  serveFile(path: string, options: ServeFileOptions = noOptions): void {
    this.#transaction.serveFile(path, options);
  }

  hold(): Held {
    return this.#transaction.hold();
  }

  override requestWriteable(): void {
    this.#transaction.requestWriteable();
  }

  override rxFlowControl(on: boolean): void {
    if (!this.#transaction.over) this.#transaction.exchange.rxFlow(on);
  }

  override setTimerMs(ms: number): void {
    if (!this.#speaksForConnection()) return;
    super.setTimerMs(ms);
    this.#transaction.binding.timerRuns = ms >= 0;
  }

  override setTimeout(reason: `user-${number}`, secs: number): void {
    if (!this.#speaksForConnection()) return;
    super.setTimeout(reason, secs);
    const { binding } = this.#transaction;
    if (secs > 0) binding.deadline = reason;
    else if (binding.deadline === reason) binding.deadline = undefined;
  }

  /** Behind a complete answer, or at once when there is none; HTTP has neither code nor reason. */
  override close(): void {
    if (this.#mayEnd()) this.#transaction.close();
  }

  override abort(): void {
    if (this.#mayEnd()) this.#transaction.abort();
  }

  /** Whoever is asked of a request before it is anybody's may end the connection too, while being asked. */
  #mayEnd(): boolean {
    const { binding, over } = this.#transaction;
    return this.#speaksForConnection() || !(binding.begun || over);
  }

  /** No other request has begun, and the connection is bound to its protocol still. */
  #speaksForConnection(): boolean {
    const { binding } = this.#transaction;
    return binding.live && (binding.current as unknown) === this.#transaction;
  }

  /** @throws `LWS_ERR_HEADERS_GONE` */
  #request(): HttpRequest {
    if (this.#transaction.over) throw new LwsError(coreErrors.LWS_ERR_HEADERS_GONE);
    return this.#transaction.exchange.request;
  }
}
