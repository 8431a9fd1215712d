import {
  type CodedError,
  LwsError,
  type PeerAddress,
  type Securing,
  type Transport,
} from '@lws-ts/interface';
import { peerLimitErrors } from './errors.ts';
import { readProxyHeader } from './proxy-header.ts';

/** Reads the PROXY header of one connection, before anything else of it is looked at. */
export class ProxyHeaderReader implements Securing {
  readonly #plain: Transport;
  #done: ((error: CodedError | undefined) => void) | undefined;
  #seen: Uint8Array = new Uint8Array(0);

  constructor(plain: Transport, done: (error: CodedError | undefined) => void) {
    this.#plain = plain;
    this.#done = done;
    plain.attach({
      rx: (bytes) => this.#received(bytes),
      peerEnded: () => this.#refuse('the end'),
      drained: () => undefined,
      closed: () => this.#refuse('the end'),
    });
    plain.read(true);
  }

  cancel(): void {
    this.#done = undefined;
    this.#plain.abort();
  }

  #received(bytes: Uint8Array): void {
    const seen = new Uint8Array(this.#seen.length + bytes.length);
    seen.set(this.#seen);
    seen.set(bytes, this.#seen.length);
    this.#seen = seen;
    if (this.#done === undefined) return;
    const header = readProxyHeader(seen);
    if (header.kind === 'more') return;
    if (header.kind === 'bad') {
      this.#refuse(header.why);
      return;
    }
    this.#plain.read(false);
    if (header.length < seen.length) this.#plain.unread?.(seen.slice(header.length));
    const { peer } = this.#plain;
    const source: PeerAddress = header.source ?? peer;
    this.#plain.standsFor?.({ ...source, proxy: { address: peer, tlvs: header.tlvs } });
    this.#settle(undefined);
  }

  #refuse(why: string): void {
    if (this.#done === undefined) return;
    this.#settle(new LwsError(peerLimitErrors.LWS_ERR_PEER_PROXY_HEADER, why));
    this.#plain.abort();
  }

  #settle(error: CodedError | undefined): void {
    const done = this.#done;
    this.#done = undefined;
    // whoever goes on attaches itself: not inside a call of the transport's
    setImmediate(() => done?.(error));
  }
}
