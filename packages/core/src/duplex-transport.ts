import type { Duplex } from 'node:stream';
import type { CodedError, PeerAddress, Transport, TransportSink } from '@lws-ts/interface';
import { transportError } from './socket-transport.ts';

const nowhere: PeerAddress = Object.freeze({ address: '', port: 0, family: 'none' });

/**
 * A transport over any Node Duplex. What is written is copied, since nothing says when a Duplex is done
 * with memory before its callback; `bufferedBytes` counts what the callbacks have not confirmed.
 */
export class DuplexTransport implements Transport {
  readonly kind = 'duplex';
  readonly givesMemory = false;
  readonly security = undefined;
  readonly peer = nowhere;
  readonly local = nowhere;

  readonly #duplex: Duplex;
  #sink: TransportSink | undefined = undefined;
  #buffered = 0;
  #choked = false;
  #listening = false;
  #error: CodedError | undefined = undefined;
  #over = false;

  constructor(duplex: Duplex) {
    this.#duplex = duplex;
    duplex.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = transportError(error);
    });
    duplex.on('close', () => this.#closed());
  }

  get bufferedBytes(): number {
    return this.#buffered;
  }

  attach(sink: TransportSink): void {
    this.#sink = sink;
    this.#duplex.on('end', () => {
      if (!this.#over) this.#sink?.peerEnded();
    });
    if (this.#duplex.destroyed) setImmediate(() => this.#closed());
  }

  write(bytes: Uint8Array): boolean {
    if (this.#duplex.destroyed || this.#duplex.writableEnded) return true;
    const copy = Buffer.from(bytes);
    this.#buffered += copy.length;
    let inside = true;
    this.#duplex.write(copy, () => {
      this.#buffered -= copy.length;
      if (inside || this.#buffered > 0 || !this.#choked) return;
      this.#choked = false;
      if (!this.#over) this.#sink?.drained();
    });
    inside = false;
    this.#choked = this.#buffered > 0;
    return true;
  }

  read(on: boolean): void {
    if (!on) {
      this.#duplex.pause();
      return;
    }
    if (!this.#listening) {
      this.#listening = true;
      this.#duplex.on('data', (chunk: Uint8Array) => {
        // the stream's other owners may still read what they wrote: it is not ours to change
        if (!this.#over) this.#sink?.rx(Uint8Array.from(chunk));
      });
    }
    this.#duplex.resume();
  }

  end(): void {
    this.#duplex.end();
  }

  abort(): void {
    this.#duplex.destroy();
  }

  probe(): boolean {
    return !this.#duplex.destroyed;
  }

  release(): object | undefined {
    return undefined;
  }

  #closed(): void {
    if (this.#over) return;
    this.#over = true;
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.closed(this.#error);
  }
}
