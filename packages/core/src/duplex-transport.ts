import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { CodedError, PeerAddress, Transport, TransportSink } from '@lws-ts/interface';
import { SocketTransport, transportError } from './socket-transport.ts';

const nowhere: PeerAddress = Object.freeze({ address: '', port: 0, family: 'none' });

/**
 * A transport over any Node Duplex. What is written is copied, since nothing says when a Duplex is done
 * with memory before its callback; `bufferedBytes` counts what the callbacks have not confirmed.
 * A Duplex that answers inside `write` is heard a tick later: the sink is never called inside a call.
 */
export class DuplexTransport implements Transport {
  readonly kind = 'duplex';
  readonly givesMemory = true;
  readonly security = undefined;
  peer = nowhere;
  readonly local = nowhere;

  readonly #duplex: Duplex;
  #sink: TransportSink | undefined = undefined;
  #buffered = 0;
  #choked = false;
  /** Calls of the owner's, or to it, that are going on. */
  #inside = 0;
  #listening = false;
  #reading = false;
  /** Heard and not told yet, because it came inside a call or reading was off. */
  #heard: Uint8Array[] = [];
  #ended = false;
  #endTold = false;
  #closed = false;
  #scheduled = false;
  #error: CodedError | undefined = undefined;

  constructor(duplex: Duplex) {
    this.#duplex = duplex;
    duplex.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = transportError(error);
    });
    duplex.on('close', () => {
      this.#closed = true;
      this.#tell();
    });
    duplex.on('end', () => {
      this.#ended = true;
      this.#tell();
    });
  }

  get bufferedBytes(): number {
    return this.#buffered;
  }

  standsFor(peer: PeerAddress): void {
    this.peer = peer;
  }

  attach(sink: TransportSink): void {
    this.#sink = sink;
    this.#closed ||= this.#duplex.destroyed;
    if (this.#closed) this.#schedule();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#duplex.destroyed || this.#duplex.writableEnded) return true;
    const copy = Buffer.from(bytes);
    this.#buffered += copy.length;
    this.#call(() =>
      this.#duplex.write(copy, (error) => {
        this.#buffered -= copy.length;
        if (this.#buffered === 0 && (error === undefined || error === null)) this.#tell();
      }),
    );
    if (this.#buffered > 0) this.#choked = true;
    return true;
  }

  read(on: boolean): void {
    this.#reading = on;
    this.#call(() => {
      if (!on) this.#duplex.pause();
      else {
        this.#listen();
        this.#duplex.resume();
      }
    });
    if (on && (this.#heard.length > 0 || this.#ended)) this.#schedule();
  }

  end(): void {
    this.#call(() => this.#duplex.end());
  }

  abort(): void {
    this.#call(() => this.#duplex.destroy());
    // one without `emitClose` says nothing of its end; of the others 'close' mostly came before that tick
    this.#closed ||= this.#duplex.destroyed;
    if (this.#closed) this.#schedule();
  }

  probe(): boolean {
    return !this.#duplex.destroyed;
  }

  unread(bytes: Uint8Array): void {
    this.#heard.unshift(Uint8Array.from(bytes));
  }

  release(): object | undefined {
    return undefined;
  }

  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    this.#duplex.on('data', (chunk: Uint8Array) => {
      // the stream's other owners may still read what they wrote: it is not ours to change
      this.#heard.push(Uint8Array.from(chunk));
      this.#tell();
    });
  }

  /** What is heard meanwhile is told later; a Duplex may throw, and nothing is to wait for ever then. */
  #call(call: () => void): void {
    this.#inside++;
    try {
      call();
    } finally {
      this.#inside--;
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      this.#tell();
    });
  }

  /** Tells the sink what there is to tell, in stream order; later, when the owner is in the middle of a call. */
  #tell(): void {
    if (this.#inside > 0) {
      this.#schedule();
      return;
    }
    this.#call(() => this.#tellAll());
  }

  #tellAll(): void {
    if (this.#choked && this.#buffered === 0) {
      this.#choked = false;
      if (!this.#duplex.destroyed) this.#sink?.drained();
    }
    const aborted = this.#duplex.destroyed && !this.#ended;
    while (this.#reading && !aborted && this.#heard.length > 0) {
      const bytes = this.#heard.shift();
      if (bytes !== undefined) this.#sink?.rx(bytes);
    }
    if (this.#ended && !this.#endTold && this.#reading && this.#heard.length === 0) {
      this.#endTold = true;
      this.#sink?.peerEnded();
    }
    if (!this.#closed) return;
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.closed(this.#error);
  }
}

/** The transport for a stream that somebody else opened: a plain socket keeps its address and its speed. */
export function transportOf(stream: Duplex): Transport {
  const plain = stream instanceof Socket && !('encrypted' in stream);
  // who ends may still be answered
  stream.allowHalfOpen = true;
  return plain ? new SocketTransport(stream, undefined, 'brought') : new DuplexTransport(stream);
}
