import { coreErrors } from '@lws-ts/core';
import { type HttpFields, type HttpTx, LwsError } from '@lws-ts/interface';
import type { TransactionView } from './transaction-view.ts';

/** What an exchange may keep until it is sent, in bytes: a copy is given away. */
const KEPT_BYTES = 16_384;

const encoder = new TextEncoder();
const noFields: HttpFields = Object.freeze([]);

/** One per request, made at its first `writeable`; live only while one runs. */
export class ExchangeTx implements HttpTx {
  readonly #transaction: TransactionView;
  #live: boolean;
  /** `body` returned false. */
  #stopped: boolean;

  constructor(transaction: TransactionView) {
    this.#transaction = transaction;
    this.#live = false;
    this.#stopped = false;
  }

  /** A `writeable` begins. */
  begin(): void {
    this.#live = true;
    this.#stopped = false;
  }

  /** The `writeable` is over. */
  expire(): void {
    this.#live = false;
  }

  get choked(): boolean {
    return this.#stopped || !this.#transaction.exchange.host.room;
  }

  head(status: number, fields: HttpFields = noFields, length?: number): void {
    this.#assertLive();
    this.#transaction.head(status, fields, length);
  }

  body(data: Uint8Array | string): boolean {
    this.#assertLive();
    if (this.#stopped) throw new LwsError(coreErrors.LWS_ERR_TX_CHOKED);
    if (this.#transaction.over) return false;
    this.#stopped = !this.#transaction.body(ownBytes(data));
    return !this.#stopped;
  }

  end(trailers: HttpFields = noFields): void {
    this.#assertLive();
    this.#transaction.end(trailers);
  }

  #assertLive(): void {
    if (!this.#live) throw new LwsError(coreErrors.LWS_ERR_TX_EXPIRED);
  }
}

function ownBytes(data: Uint8Array | string): Uint8Array {
  if (typeof data === 'string') return encoder.encode(data);
  // what is not bytes is refused by the exchange
  return data instanceof Uint8Array && data.length > KEPT_BYTES ? new Uint8Array(data) : data;
}
