import { coreErrors } from '@lws-ts/core';
import { type HttpClientTx, type HttpFields, LwsError, type RoleHost } from '@lws-ts/interface';
import type { OutgoingBody } from './outgoing-body.ts';

const encoder = new TextEncoder();
const noFields: HttpFields = Object.freeze([]);

/** What `httpWriteable` sends with. One per request, made at its first; live only while one runs. */
export class HttpClientBodyTx implements HttpClientTx {
  readonly #host: RoleHost;
  readonly #body: OutgoingBody;
  #live = false;
  /** `body` returned false. */
  #stopped = false;

  constructor(host: RoleHost, body: OutgoingBody) {
    this.#host = host;
    this.#body = body;
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
    return this.#stopped || !this.#host.room;
  }

  body(data: Uint8Array | string): boolean {
    this.#assertLive();
    if (this.#stopped) throw new LwsError(coreErrors.LWS_ERR_TX_CHOKED);
    if (!this.#host.open) return false;
    this.#body.body(typeof data === 'string' ? encoder.encode(data) : data, false);
    this.#stopped = !this.#host.room;
    return !this.#stopped;
  }

  end(trailers: HttpFields = noFields): void {
    this.#assertLive();
    if (this.#host.open) this.#body.end(trailers);
  }

  #assertLive(): void {
    if (!this.#live) throw new LwsError(coreErrors.LWS_ERR_TX_EXPIRED);
  }
}
