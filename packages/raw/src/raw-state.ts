/** One raw connection, or one adopted descriptor: bytes to its handlers and back, as turns and flow control have it. */
import { coreErrors } from '@lws-ts/core';
import type {
  AdoptedRoleState,
  BoundProtocol,
  RawHandlers,
  RoleHost,
  TimeoutReason,
  WsiView,
} from '@lws-ts/interface';
import { dropPromise } from '@lws-ts/interface';
import { rawErrors } from './errors.ts';
import { rawOptionsOf } from './options.ts';
import { RawOutput } from './raw-tx.ts';
import type { RawConnectionWsi } from './raw-wsi.ts';

/** How long a peer that sends no more may take nothing of what is written to it, in seconds. */
const flushSecs = 5;

/** Whose connection it is. */
export interface RawSide {
  readonly protocol: BoundProtocol;
  /** `raw` of the protocol, or `rawFile`. */
  readonly handlers: RawHandlers<unknown, unknown>;
  readonly wsi: RawConnectionWsi;
}

export class RawState implements AdoptedRoleState {
  readonly name = 'raw';
  readonly wsi: RawConnectionWsi;
  readonly #host: RoleHost;
  readonly #protocol: BoundProtocol;
  readonly #handlers: RawHandlers<unknown, unknown>;
  readonly #idleSecs: number;
  /** Most bytes of one `rx`. */
  readonly #pieceBytes: number;
  #tx: RawOutput | undefined = undefined;
  /** `adopt` was called. */
  #begun = false;
  /** The peer sends no more, and what was asked for is still to be written. */
  #finOwed = false;
  /** How much was written, and what was still to leave, when the peer was last seen to take something. */
  #written = 0;
  #unflushed = 0;

  constructor(host: RoleHost, { protocol, handlers, wsi }: RawSide) {
    this.wsi = wsi;
    this.#host = host;
    this.#protocol = protocol;
    this.#handlers = handlers;
    this.#idleSecs = rawOptionsOf(host.vhost.options).rawIdleSecs;
    this.#pieceBytes = protocol.spec.rxBufferSize ?? Number.POSITIVE_INFINITY;
    // `adopt` is called when the connection has this state, so that it may throw
    host.forceService();
  }

  /** Once, before anything else is told. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#host.bind(this.#protocol, this.wsi);
    this.#alive();
    try {
      this.#obey(this.#handlers.adopt?.(this.wsi));
    } finally {
      this.wsi.release();
    }
  }

  rx(bytes: Uint8Array): number {
    const host = this.#host;
    if (!this.#begun) {
      this.begin();
      // core has seen to it in all other cases
      if (!host.mayDeliver) return 0;
    }
    if (this.#idleSecs > 0) this.#alive();
    const { length } = bytes;
    if (this.#handlers.rx === undefined) return length;
    // the transport's memory is not the program's
    const own = host.transport.givesMemory ? bytes : new Uint8Array(bytes);
    if (length > this.#pieceBytes) return this.#deliverPieces(own);
    this.#deliver(own);
    return length;
  }

  writeable(): void {
    if (!this.#begun) this.begin();
    const host = this.#host;
    if (!host.open) return;
    if (this.#handlers.writeable !== undefined) this.#write();
    if (this.#finOwed && !host.writeableRequested && host.open) host.close(undefined, '');
  }

  service(): boolean {
    this.begin();
    return false;
  }

  timeout(reason: TimeoutReason): void {
    const host = this.#host;
    if (reason === 'raw-flush') {
      if (this.#takes()) this.#armFlush();
      else host.fail(coreErrors.LWS_ERR_TIMEOUT, reason);
    } else if (!host.rxFlowing) this.#alive();
    else {
      host.report(rawErrors.LWS_ERR_RAW_IDLE);
      host.finish();
    }
  }

  timer(): void {
    if (this.#host.open) this.#obey(this.#handlers.timer?.(this.wsi));
  }

  peerEnded(): void {
    this.begin();
    const host = this.#host;
    if (!host.open) return;
    if (this.#handlers.peerEnded !== undefined) this.#obey(this.#handlers.peerEnded(this.wsi));
    else if (host.writeableRequested) {
      this.#finOwed = true;
      this.#armFlush();
    } else host.close(undefined, '');
  }

  drained(): void {
    this.#alive();
  }

  closing(): boolean {
    return false;
  }

  threw(): void {
    // an end in order would say that all was well
    this.#host.abort();
  }

  childClosing(child: WsiView): void {
    if (this.#begun) this.#obey(this.#handlers.childClosing?.(this.wsi, child));
  }

  leaving(): void {}

  gone(): void {
    this.wsi.release();
    if (!this.#begun) return;
    const done: unknown = this.#handlers.close?.(this.wsi);
    if (!dropPromise(done)) return;
    this.#host.report(coreErrors.LWS_ERR_HANDLER_ASYNC, 'close');
  }

  #deliverPieces(bytes: Uint8Array): number {
    const { length } = bytes;
    let at = 0;
    do {
      const end = Math.min(at + this.#pieceBytes, length);
      this.#deliver(bytes.subarray(at, end));
      at = end;
    } while (at < length && this.#host.mayDeliver);
    return at;
  }

  #deliver(bytes: Uint8Array): void {
    const done: unknown = this.#handlers.rx?.(this.wsi, bytes);
    this.#host.delivered();
    if (done !== undefined) this.#obey(done);
  }

  #write(): void {
    this.#tx ??= new RawOutput(this.#host);
    const tx = this.#tx;
    const before = tx.written;
    tx.begin();
    let done: unknown;
    try {
      done = this.#handlers.writeable?.(this.wsi, tx);
    } finally {
      tx.expire();
    }
    if (tx.written > before) this.#alive();
    if (done !== undefined) this.#obey(done);
  }

  #obey(done: unknown): void {
    if (done === undefined) return;
    if (done === -1) this.#host.close(undefined, '');
    else if (dropPromise(done)) this.#host.fail(coreErrors.LWS_ERR_HANDLER_ASYNC);
  }

  /** Something came, or went. */
  #alive(): void {
    if (this.#idleSecs > 0 && !this.#finOwed) this.#host.setTimeout('raw-idle', this.#idleSecs);
  }

  #armFlush(): void {
    this.#written = this.#tx?.written ?? 0;
    this.#unflushed = this.#host.pendingBytes;
    this.#host.setTimeout('raw-flush', flushSecs);
  }

  /** Since the deadline was armed the peer took something. */
  #takes(): boolean {
    const written = this.#tx?.written ?? 0;
    return written > this.#written || this.#host.pendingBytes < this.#unflushed;
  }
}
