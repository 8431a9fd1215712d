import { ConnectionWsi, coreErrors } from '@lws-ts/core';
import {
  type BoundProtocol,
  type KeptHeaders,
  LwsError,
  type RawWsi,
  type RoleHost,
} from '@lws-ts/interface';

/** The program's side of a raw connection. */
export class RawConnectionWsi
  extends ConnectionWsi<unknown, unknown>
  implements RawWsi<unknown, unknown>
{
  readonly connectTarget: string | undefined;
  #headers: KeptHeaders | undefined;
  /** A client is none before it is connected. */
  #there: boolean;

  /** @param connect of a CONNECT request its header */
  constructor(host: RoleHost, protocol: BoundProtocol, there: boolean, connect?: KeptHeaders) {
    super(host, protocol);
    this.#there = there;
    this.#headers = connect;
    this.connectTarget = connect?.request.path;
  }

  override get open(): boolean {
    return this.#there && super.open;
  }

  get bufferedAmount(): number {
    return this.#there ? this.host.pendingBytes : 0;
  }

  header(name: string): string | undefined {
    if (this.#headers === undefined) throw new LwsError(coreErrors.LWS_ERR_HEADERS_GONE);
    return this.#headers.request.field(name.toLowerCase());
  }

  /** Owned by the role: a client is connected. */
  connected(): void {
    this.#there = true;
  }

  /** Owned by the role: its header fields are gone. */
  release(): void {
    this.#headers?.release();
    this.#headers = undefined;
  }
}
