/** One request that a protocol answers: calls its handlers, and turns what they say into an answer. */
import { coreErrors } from '@lws-ts/core';
import { httpErrors } from '@lws-ts/http';
import {
  type CodedError,
  dropPromise,
  type Held,
  type HttpAnswer,
  type HttpBodySink,
  type HttpExchange,
  type HttpFields,
  type HttpWsi,
  LwsError,
  type ServeFileOptions,
  type Verdict,
} from '@lws-ts/interface';
import { CallbackWsi } from './callback-wsi.ts';
import { mountErrors } from './errors.ts';
import { ExchangeTx } from './exchange-tx.ts';
import type { FileAnswer } from './file-answer.ts';
import type { BoundTransaction, MountBinding, PlainHandler } from './mount-binding.ts';
import { withMountHeaders } from './mount-headers.ts';
import type { MountServices } from './mount-services.ts';
import { refuse } from './refuse.ts';
import { startServedFile } from './served-file.ts';
import type { TransactionView } from './transaction-view.ts';

/** Nothing of the answer was given. */
const UNANSWERED = 0;
/** Its head was. */
const STREAMING = 1;
/** A file has it. */
const FILE = 2;
/** It is complete, for the program. */
const ANSWERED = 3;
/** Nothing the program does has an effect any more. */
const OVER = 4;

const notHeld: Held = Object.freeze({ accept: () => false, refuse: () => false });

export class CallbackTransaction
  implements HttpAnswer, HttpBodySink, TransactionView, BoundTransaction
{
  readonly kind = 'answer';
  readonly exchange: HttpExchange;
  readonly binding: MountBinding;
  readonly wsi: CallbackWsi;
  readonly #services: MountServices;
  #state: number;
  /** `checkAccessRights` has agreed. */
  #allowed: boolean;
  /** `request` was called. */
  #begun: boolean;
  /** The body was asked for: behind a further hold it is not once more. */
  #bodyAsked: boolean;
  #bodyDue: boolean;
  /** The fields behind the body, when it became complete during a hold. */
  #completed: HttpFields | undefined;
  /** A hold was accepted by a handler: the request goes on behind it. */
  #goesOn: boolean;
  /** `writeable` was asked for and has not come. */
  #asked: boolean;
  #held: Held | undefined;
  /** Its handlers are ones that may wait. */
  #mayHold: boolean;
  /** Handlers that are being called, one inside the other. */
  #depth: number;
  #tx: ExchangeTx | undefined;
  #file: FileAnswer | undefined;

  constructor(exchange: HttpExchange, binding: MountBinding, services: MountServices) {
    this.exchange = exchange;
    this.binding = binding;
    this.#services = services;
    this.#state = UNANSWERED;
    this.#allowed = false;
    this.#begun = false;
    this.#bodyAsked = false;
    this.#bodyDue = false;
    this.#completed = undefined;
    this.#goesOn = false;
    this.#asked = false;
    this.#held = undefined;
    this.#mayHold = false;
    this.#depth = 0;
    this.#tx = undefined;
    this.#file = undefined;
    this.wsi = new CallbackWsi(this);
  }

  /** Calls the handlers that a request begins with. */
  begin(): void {
    this.#mayHold = true;
    // of an upgrade that no role took the program was asked
    const asked = this.#allowed || this.binding.handlers.checkAccessRights === undefined;
    if (asked || this.#mayGoOn()) this.#request();
  }

  /** Whether the area may be used, and left for `upgrade`; a hold is refused in both. Undefined: one has answered. */
  mayUpgrade(upgrade: string): boolean | undefined {
    const { handlers } = this.binding;
    const allowed = this.ask((wsi) => handlers.checkAccessRights?.(wsi));
    if (allowed !== true) return allowed;
    this.#allowed = true;
    return this.ask((wsi) => handlers.confirmUpgrade?.(wsi, upgrade));
  }

  /** What a handler that may refuse says of it, before it is anybody's. Undefined: it has answered. */
  ask(handler: (wsi: HttpWsi<unknown, unknown>) => Verdict | undefined): boolean | undefined {
    const verdict = this.#call(() => handler(this.wsi));
    if (this.#state !== UNANSWERED) return undefined;
    return verdict !== false && verdict !== -1;
  }

  /** Calls a handler whose answer can only be to close. */
  tell(name: PlainHandler): void {
    const { handlers } = this.binding;
    if (handlers[name] !== undefined) this.#obey(this.#call(() => handlers[name]?.(this.wsi)));
  }

  timer(): void {
    // of a connection that ends only who has yet to answer is told
    if (this.#state > STREAMING && !this.exchange.host.open) return;
    this.tell('timer');
    this.#judge();
  }

  /** Whoever kept the wsi can do nothing with it from now on. */
  expire(): void {
    this.#state = OVER;
  }

  // ---- what the role calls

  writeable(): void {
    if (this.#state === FILE) {
      this.#file?.writeable();
      return;
    }
    if (this.#state >= ANSWERED || !this.#begun) return;
    this.#asked = false;
    const { handlers } = this.binding;
    if (handlers.writeable !== undefined) {
      this.#tx ??= new ExchangeTx(this);
      const tx = this.#tx;
      tx.begin();
      try {
        this.#obey(this.#call(() => handlers.writeable?.(this.wsi, tx)));
      } finally {
        tx.expire();
      }
    }
    this.#judge();
  }

  closing(): void {
    if (this.#state < ANSWERED) this.exchange.requestWriteable();
  }

  done(error: CodedError | undefined): void {
    const sent = this.#state === FILE && error === undefined;
    this.#state = OVER;
    this.wsi.letGo();
    this.#file?.done();
    this.#held?.accept();
    if (sent) this.tell('fileCompletion');
  }

  chunk(bytes: Uint8Array): void {
    const { handlers } = this.binding;
    if (this.#state >= ANSWERED || handlers.body === undefined) return;
    this.#obey(this.#call(() => handlers.body?.(this.wsi, bytes)));
  }

  complete(trailers: HttpFields): void {
    if (this.#held !== undefined) {
      this.#completed = trailers;
      return;
    }
    this.#bodyDue = false;
    const { handlers } = this.binding;
    if (this.#state < ANSWERED)
      this.#obey(this.#call(() => handlers.bodyCompletion?.(this.wsi, trailers)));
    this.#judge();
  }

  // ---- what the wsi and its tx call

  get over(): boolean {
    return this.#state === OVER;
  }

  get answered(): boolean {
    return this.#state !== UNANSWERED;
  }

  reply(status: number, fields: HttpFields, body?: Uint8Array | string): void {
    if (!this.#mayAnswer()) return;
    this.exchange.reply(status, this.#allFields(fields), body);
    this.#state = ANSWERED;
  }

  refuse(error: CodedError): void {
    if (!this.#mayAnswer()) return;
    if (this.#state === UNANSWERED) this.#refuse(error);
    else if (this.#state === STREAMING) {
      this.#state = OVER;
      this.exchange.abort(error);
    } else throw new LwsError(httpErrors.LWS_ERR_HTTP_ANSWERED);
  }

  head(status: number, fields: HttpFields, length: number | undefined): void {
    if (!this.#mayAnswer()) return;
    this.exchange.head(status, this.#allFields(fields), length);
    this.#state = STREAMING;
  }

  body(bytes: Uint8Array): boolean {
    return this.#mayAnswer() && this.exchange.body(bytes);
  }

  end(trailers: HttpFields): void {
    if (!this.#mayAnswer()) return;
    this.exchange.end(trailers);
    this.#state = ANSWERED;
  }

  serveFile(path: string, options: ServeFileOptions): void {
    if (!this.#mayAnswer()) return;
    if (this.#state !== UNANSWERED) throw new LwsError(httpErrors.LWS_ERR_HTTP_ANSWERED);
    const fields = this.#allFields(options.fields ?? []);
    if (this.#state !== UNANSWERED) return;
    this.#state = FILE;
    try {
      this.#file = startServedFile(this.exchange, path, { ...options, fields }, this.#services);
    } catch (error) {
      this.#state = UNANSWERED;
      throw error;
    }
  }

  requestWriteable(): void {
    if (this.#state >= ANSWERED) return;
    this.#asked = true;
    this.exchange.requestWriteable();
  }

  hold(): Held {
    if (this.#state !== UNANSWERED) return notHeld;
    if (this.#depth === 0 || !this.#mayHold)
      throw new LwsError(coreErrors.LWS_ERR_HOLD, 'not inside a handler that may wait');
    this.#held = this.exchange.host.hold((status) => this.#settled(status));
    return this.#held;
  }

  /** The end that the program wants: behind a complete answer, at once otherwise. */
  close(): void {
    const { host } = this.exchange;
    const state = this.#state;
    if (state < FILE) this.#state = OVER;
    if (state === UNANSWERED) host.finish();
    else if (state === STREAMING) this.exchange.abort(mountErrors.LWS_ERR_MOUNT_CUT);
    else host.close(undefined, '');
  }

  /** No handler is called for it any more. */
  abort(): void {
    this.#state = OVER;
    this.exchange.host.abort();
  }

  // ---- private

  /** False when the answer would go nowhere. */
  #mayAnswer(): boolean {
    if (this.#state === OVER) return false;
    // what a file has begun only it can end
    if (this.#state === FILE) throw new LwsError(httpErrors.LWS_ERR_HTTP_ANSWERED);
    return true;
  }

  #mayGoOn(): boolean {
    let wasHeld = false;
    const verdict = this.#call(() => {
      const said = this.binding.handlers.checkAccessRights?.(this.wsi);
      wasHeld = this.#held !== undefined;
      return said;
    });
    if (wasHeld) return false;
    const no = !this.#goesOn && (verdict === false || verdict === -1);
    if (no && this.#state === UNANSWERED) this.#refuse(mountErrors.LWS_ERR_MOUNT_ACCESS);
    return this.#state === UNANSWERED;
  }

  #request(): void {
    this.#goesOn = false;
    this.#allowed = true;
    this.#begun = true;
    this.tell('request');
    if (this.#held === undefined) this.#afterRequest();
  }

  #afterRequest(): void {
    this.#goesOn = false;
    if (this.#state < ANSWERED && this.#state !== FILE) this.#readBody();
    const completed = this.#completed;
    this.#completed = undefined;
    if (completed === undefined) this.#judge();
    else this.complete(completed);
  }

  #readBody(): void {
    const { handlers } = this.binding;
    if (handlers.body === undefined && handlers.bodyCompletion === undefined) return;
    const { hasBody, contentLength } = this.exchange.request;
    if (this.#bodyAsked || (!hasBody && contentLength === undefined)) return;
    this.#bodyAsked = true;
    this.#bodyDue = true;
    this.exchange.readBody(this);
  }

  /** A hold was answered, by the program or by its deadline. */
  #settled(status: number | undefined): void {
    this.#held = undefined;
    if (this.#state !== UNANSWERED) return;
    if (status !== undefined) this.wsi.returnHttpStatus(status);
    else if (this.#depth > 0) this.#goesOn = true;
    else this.#goOn();
  }

  #goOn(): void {
    if (this.#allowed) this.#afterRequest();
    else this.#request();
  }

  /** Behind a handler: what it has let go on does, and a request that nothing is left to answer is not there. */
  #judge(): void {
    if (this.#goesOn && this.#state === UNANSWERED && this.#held === undefined) {
      this.#goOn();
      return;
    }
    if (this.#state !== UNANSWERED || this.#held !== undefined || !this.#begun) return;
    const { handlers, timerRuns, deadline } = this.binding;
    if (this.#asked || this.#bodyDue || timerRuns || deadline !== undefined) return;
    this.#refuse(
      handlers.request === undefined
        ? mountErrors.LWS_ERR_MOUNT_NO_HANDLER
        : mountErrors.LWS_ERR_MOUNT_UNANSWERED,
    );
  }

  #refuse(error: CodedError): void {
    const fields = this.#allFields([]);
    if (this.#state === OVER) return;
    this.#state = ANSWERED;
    refuse(this.exchange, error, fields);
  }

  /** With those of the mount and of the protocol. */
  #allFields(fields: HttpFields): HttpFields {
    const { mount, handlers } = this.binding;
    const all = withMountHeaders(fields, mount.headers);
    if (handlers.addHeaders === undefined) return all;
    const added = [...all];
    const add = (name: string, value: string) => void added.push([name, value]);
    this.#obey(this.#call(() => handlers.addHeaders?.(this.wsi, add)));
    return added;
  }

  #call<T>(handler: () => T): T | undefined {
    this.#depth++;
    try {
      const result = handler();
      if (!dropPromise(result)) return result;
      this.#failed(coreErrors.LWS_ERR_HANDLER_ASYNC);
      return undefined;
    } finally {
      this.#depth--;
    }
  }

  #obey(result: unknown): void {
    if (result === -1) this.wsi.close();
  }

  /** A handler cannot be what it is: the connection ends, with 500 where there is still room for it. */
  #failed(error: CodedError): void {
    const state = this.#state;
    const { host } = this.exchange;
    this.#state = OVER;
    if (state === UNANSWERED) {
      host.close(undefined, '');
      refuse(this.exchange, error, []);
      return;
    }
    if (state < ANSWERED) this.exchange.abort(error);
    // a file may be out already, and nothing was cut
    if (state >= ANSWERED || host.open) host.report(error);
    host.close(undefined, '');
  }
}
