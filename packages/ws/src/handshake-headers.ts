/** The header fields and the target of a handshake, as long as its header table is kept. */
import { coreErrors } from '@lws-ts/core';
import { findUrlArg } from '@lws-ts/http';
import { type HttpExchange, type KeptHeaders, LwsError } from '@lws-ts/interface';

/** Where a handshake goes to, and the fields that came with it: of a request, or of the answer to one. */
export interface HandshakeView {
  readonly path: string;
  readonly query: string;
  field(name: string): string | undefined;
  each(visit: (name: string, value: string) => void): void;
}

export class HandshakeHeaders {
  #view: HandshakeView | undefined;
  #kept: KeptHeaders | undefined = undefined;

  /** @param view valid for now; {@link keep} makes it last. Undefined: they are gone already */
  constructor(view: HandshakeView | undefined) {
    this.#view = view;
  }

  /** The header table goes with the connection to its new role. */
  keep(exchange: HttpExchange): void {
    this.#kept = exchange.keepHeaders();
    this.#view = this.#kept.request;
  }

  /** Another one in its place. */
  show(view: HandshakeView): void {
    this.#view = view;
  }

  /** The end: from now on every read throws. */
  release(): void {
    this.#view = undefined;
    this.#kept?.release();
    this.#kept = undefined;
  }

  /** @throws `LWS_ERR_HEADERS_GONE` */
  get view(): HandshakeView {
    if (this.#view === undefined) throw new LwsError(coreErrors.LWS_ERR_HEADERS_GONE);
    return this.#view;
  }

  /** @throws `LWS_ERR_HEADERS_GONE` */
  urlArg(name: string): string | undefined {
    return findUrlArg(this.view.query, name);
  }
}

/** Of every connection that is established: none keeps what was released. */
export const goneHeaders: HandshakeHeaders = new HandshakeHeaders(undefined);
