/** A transport over a pipe, a FIFO or a terminal: what Node.js reads as a socket, and goes one way, mostly. */
import type { Socket } from 'node:net';
import type { CodedError, PeerAddress, Transport, TransportSink } from '@lws-ts/interface';
import { SocketTransport } from './socket-transport.ts';

const nowhere: PeerAddress = Object.freeze({ address: '', port: 0, family: 'none' });
const deafSink: TransportSink = Object.freeze({
  rx: () => undefined,
  peerEnded: () => undefined,
  drained: () => undefined,
  closed: () => undefined,
});

/** What a pipe is. */
export interface PipeNature {
  readonly writable: boolean;
  /** Of a FIFO whose last writer left: the next socket to read from; undefined: that was the end. */
  readonly reopen: (() => Socket | undefined) | undefined;
}

export class PipeTransport implements Transport, TransportSink {
  readonly kind = 'pipe';
  readonly givesMemory = true;
  readonly security = undefined;
  readonly peer = nowhere;
  readonly local = nowhere;

  readonly #nature: PipeNature;
  #inner: SocketTransport;
  #sink: TransportSink | undefined = undefined;
  #reading = false;
  #endTold = false;
  /** Told to end by its owner. */
  #ending = false;
  /** It closed by itself behind its last byte, which its owner may not have had time for. */
  #closedEarly = false;

  constructor(socket: Socket, nature: PipeNature) {
    this.#inner = new SocketTransport(socket, 'pipe');
    this.#nature = nature;
  }

  get bufferedBytes(): number {
    return this.#inner.bufferedBytes;
  }

  attach(sink: TransportSink): void {
    const first = this.#sink === undefined;
    this.#sink = sink;
    if (first) this.#inner.attach(this);
  }

  write(bytes: Uint8Array): boolean {
    return this.#inner.write(bytes);
  }

  read(on: boolean): void {
    this.#reading = on;
    this.#inner.read(on);
  }

  end(): void {
    // there is nobody to be told that no more will be written
    if (!this.#nature.writable) this.abort();
    else if (!this.#endsEarly()) this.#inner.end();
  }

  abort(): void {
    if (!this.#endsEarly()) this.#inner.abort();
  }

  probe(): boolean {
    return this.#closedEarly || !this.#nature.writable || this.#inner.probe();
  }

  release(): object | undefined {
    return undefined;
  }

  // ---- what the socket tells

  rx(bytes: Uint8Array): void {
    this.#sink?.rx(bytes);
  }

  peerEnded(): void {
    const next = this.#nature.reopen?.();
    if (next === undefined) {
      this.#endTold = true;
      this.#sink?.peerEnded();
      return;
    }
    const before = this.#inner;
    this.#inner = new SocketTransport(next, 'pipe');
    before.attach(deafSink);
    before.abort();
    this.#inner.attach(this);
    if (this.#reading) this.#inner.read(true);
  }

  drained(): void {
    this.#sink?.drained();
  }

  closed(error: CodedError | undefined): void {
    if (this.#endTold && !this.#ending && error === undefined) this.#closedEarly = true;
    else this.#sink?.closed(error);
  }

  /** True: its end has been, and is told now. */
  #endsEarly(): boolean {
    this.#ending = true;
    if (!this.#closedEarly) return false;
    this.#closedEarly = false;
    setImmediate(() => this.#sink?.closed(undefined));
    return true;
  }
}
