/**
 * A transport whose events wait until the program services its descriptor. What arrives meanwhile is kept up to
 * a bound, then the socket below is paused.
 */
import type {
  CodedError,
  PeerAddress,
  SecurityInfo,
  Transport,
  TransportSink,
} from '@lws-ts/interface';
import { ParkedInput } from './parked-input.ts';
import { LWS_POLLHUP, LWS_POLLIN, LWS_POLLOUT } from './poll-args.ts';
import type { PollEntry, Polled, PollHome } from './poll-entry.ts';
import type { Serviced } from './serviced.ts';

/** Whoever owns a transport; a connection has a turn too, and may want to write. */
type Owner = TransportSink & Partial<Serviced> & { readonly wantsOut?: boolean };

export class PolledTransport implements Transport, TransportSink, Polled {
  readonly kind: Transport['kind'];
  readonly givesMemory = true;
  readonly #inner: Transport;
  readonly #home: PollHome;
  readonly #entry: PollEntry;
  readonly #parked = new ParkedInput();
  #owner: Owner | undefined = undefined;
  #reading = false;
  #innerReading = false;
  /** Something of the last writes is still below, and the owner is not told yet that it went. */
  #choked = false;
  #drained = false;
  #ended = false;
  #closed = false;
  #over = false;
  #error: CodedError | undefined = undefined;

  constructor(inner: Transport, home: PollHome) {
    this.kind = inner.kind;
    this.#inner = inner;
    this.#home = home;
    this.#entry = home.add(this);
  }

  get peer(): PeerAddress {
    return this.#inner.peer;
  }

  get local(): PeerAddress {
    return this.#inner.local;
  }

  get security(): SecurityInfo | undefined {
    return this.#inner.security;
  }

  get bufferedBytes(): number {
    return this.#inner.bufferedBytes;
  }

  unconfirmedBytes(): number | undefined {
    return this.#inner.unconfirmedBytes?.();
  }

  attach(owner: Owner): void {
    const attached = this.#owner !== undefined;
    this.#owner = owner;
    if (!attached) this.#inner.attach(this);
  }

  write(bytes: Uint8Array): boolean {
    const free = this.#inner.write(bytes);
    if (this.#inner.bufferedBytes > 0 && !this.#choked) {
      this.#choked = true;
      this.#entry.changed();
    }
    return free;
  }

  read(on: boolean): void {
    if (this.#over) return;
    this.#reading = on;
    this.#updateReading();
    this.#entry.changed();
  }

  end(): void {
    this.#inner.end();
  }

  abort(): void {
    this.#over = true;
    this.#parked.clear();
    this.#inner.abort();
    this.#entry.changed();
  }

  probe(): boolean {
    return this.#inner.probe();
  }

  standsFor(peer: PeerAddress): void {
    this.#inner.standsFor?.(peer);
  }

  unread(bytes: Uint8Array): void {
    this.#parked.prepend(bytes, false);
    this.#entry.changed();
  }

  release(): object | undefined {
    this.#over = true;
    this.#entry.remove();
    for (let piece = this.#parked.takeLast(); piece !== undefined; piece = this.#parked.takeLast())
      this.#inner.unread?.(piece);
    return this.#inner.release();
  }

  /** Its owner wants to write, or does so no longer. */
  ownerChanged(): void {
    this.#entry.changed();
  }

  // ---- what the program polls

  get events(): number {
    if (this.#over) return 0;
    return (this.#reading ? LWS_POLLIN : 0) | (this.#choked || this.#wantsOut() ? LWS_POLLOUT : 0);
  }

  get ready(): number {
    if (this.#closed) return LWS_POLLHUP | (this.#over || !this.#hasInput() ? 0 : LWS_POLLIN);
    if (this.#over) return 0;
    const writes = this.#choked ? this.#drained : this.#wantsOut();
    return (this.#hasInput() ? LWS_POLLIN : 0) | (writes ? LWS_POLLOUT : 0);
  }

  service(revents: number): void {
    const owner = this.#owner;
    if (owner === undefined) return;
    if (revents & LWS_POLLOUT) this.#tellDrained(owner);
    if (revents & (LWS_POLLIN | LWS_POLLHUP)) this.#giveInput(owner);
    if (revents & LWS_POLLHUP && this.#closed) {
      this.#owner = undefined;
      this.#over = true;
      this.#entry.remove();
      owner.closed(this.#error);
      return;
    }
    if (owner.serve !== undefined) this.#home.serve(owner as Serviced);
  }

  // ---- what the transport below tells

  rx(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#parked.append(bytes, this.#inner.givesMemory);
    this.#updateReading();
    this.#entry.changed();
  }

  peerEnded(): void {
    this.#ended = true;
    this.#entry.changed();
  }

  drained(): void {
    this.#drained = true;
    this.#entry.changed();
  }

  closed(error: CodedError | undefined): void {
    this.#closed = true;
    this.#error = error;
    this.#entry.changed();
  }

  // ---- private

  #wantsOut(): boolean {
    return this.#owner?.wantsOut === true;
  }

  #hasInput(): boolean {
    return this.#reading && (this.#parked.length > 0 || this.#ended);
  }

  #giveInput(owner: Owner): void {
    while (this.#reading && !this.#over) {
      const piece = this.#parked.take();
      if (piece === undefined) break;
      owner.rx(piece);
    }
    if (this.#over) return;
    if (this.#ended && this.#reading) {
      this.#ended = false;
      owner.peerEnded();
    }
    this.#updateReading();
  }

  #tellDrained(owner: Owner): void {
    if (!this.#drained) return;
    this.#drained = false;
    this.#choked = this.#inner.bufferedBytes > 0;
    if (!this.#choked) owner.drained();
  }

  #updateReading(): void {
    const wanted = this.#reading && this.#parked.length < this.#home.maxParkedInput;
    if (wanted === this.#innerReading) return;
    this.#innerReading = wanted;
    this.#inner.read(wanted);
  }
}
