/**
 * Two transports joined in memory. They behave as a pair of TCP sockets does towards its owner: bytes arrive
 * in later microtasks, a side that does not read fills the path, what does not fit stays with the writer, and
 * a reset is not noticed by a side that neither reads nor writes.
 */
import type { CodedError, PeerAddress, Transport, TransportSink } from '@lws-ts/interface';

const reset: CodedError = Object.freeze({
  code: 'LWS_ERR_TRANSPORT_RESET',
  message: 'the peer reset the connection',
  hint: 'Nothing to do: peers may disconnect at any time.',
});

/** What a pair can be told. */
export interface MemoryPairOptions {
  /** Bytes that a side takes in while it does not read, as a kernel does. Default: 65536 */
  readonly capacity?: number;
  readonly clientAddress?: string;
  readonly serverPort?: number;
  /** Whether the scripted peer listens from the start. Default: true */
  readonly listening?: boolean;
}

/** Makes a joined pair: the side a server adopts, and the side a test drives. */
export function memoryTransportPair(
  options: MemoryPairOptions = {},
): readonly [server: MemoryTransport, client: MemoryTransport] {
  const client: PeerAddress = {
    address: options.clientAddress ?? '192.0.2.1',
    port: 50000,
    family: options.clientAddress?.includes(':') === true ? 'ipv6' : 'ipv4',
  };
  const server: PeerAddress = {
    address: '192.0.2.2',
    port: options.serverPort ?? 80,
    family: 'ipv4',
  };
  const capacity = options.capacity ?? 65536;
  const a = new MemoryTransport(client, server, capacity);
  const b = new MemoryTransport(server, client, capacity);
  a.join(b);
  b.join(a);
  return [a, b];
}

/** One side of a pair. */
export class MemoryTransport implements Transport {
  readonly kind = 'memory';
  readonly givesMemory = true;
  readonly readsAlone = true;
  readonly security = undefined;
  peer: PeerAddress;
  readonly local: PeerAddress;
  /** Calls of `write`, for tests that count them. */
  writes = 0;
  /** Bytes written over all. */
  written = 0;

  readonly #capacity: number;
  #other: MemoryTransport | undefined = undefined;
  #sink: TransportSink | undefined = undefined;
  #reading = false;
  #arrived: Uint8Array[] = [];
  #arrivedBytes = 0;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #ended = false;
  #finArrived = false;
  #finGiven = false;
  #closed = false;
  #error: CodedError | undefined = undefined;
  /** The peer's reset, which a side that neither reads nor has output waiting does not notice. */
  #resetWaits = false;
  /** The peer closed after its FIN: it resets when something is sent to it. */
  #peerGone = false;
  #scheduled = false;

  constructor(peer: PeerAddress, local: PeerAddress, capacity: number) {
    this.peer = peer;
    this.local = local;
    this.#capacity = capacity;
  }

  /** Once, by {@link memoryTransportPair}. */
  join(other: MemoryTransport): void {
    this.#other = other;
  }

  get bufferedBytes(): number {
    return this.#keptBytes;
  }

  /** Whether the owner lets bytes in. */
  get reading(): boolean {
    return this.#reading;
  }

  /** Bytes that arrived and were not read. */
  get unreadBytes(): number {
    return this.#arrivedBytes;
  }

  attach(sink: TransportSink): void {
    this.#sink = sink;
    if (this.#closed) queueMicrotask(() => this.#tellClosed());
  }

  write(bytes: Uint8Array): boolean {
    this.writes++;
    this.written += bytes.length;
    if (this.#closed || this.#ended) return true;
    this.#resetWaits ||= this.#peerGone;
    if (this.#noticesReset()) return true;
    const room = this.#keptBytes > 0 ? 0 : (this.#other?.room ?? 0);
    if (room > 0) this.#other?.arrive(copyOf(bytes, room));
    if (bytes.length <= room) return true;
    this.#kept.push(bytes.subarray(room));
    this.#keptBytes += bytes.length - room;
    return false;
  }

  read(on: boolean): void {
    this.#reading = on;
    if (on && !this.#noticesReset()) this.#schedule();
  }

  end(): void {
    if (this.#ended || this.#closed) return;
    this.#ended = true;
    if (this.#keptBytes === 0) this.#sendFin();
  }

  abort(): void {
    if (this.#closed) return;
    // all is said and all is heard: a plain close, of which the peer learns when it writes
    const quiet = this.#ended && this.#keptBytes === 0 && this.#arrivedBytes === 0;
    this.#close(undefined);
    this.#other?.resetByPeer(quiet);
  }

  probe(): boolean {
    return !this.#noticesReset() && !this.#closed;
  }

  standsFor(peer: PeerAddress): void {
    this.peer = peer;
  }

  unread(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#arrived.unshift(copyOf(bytes, bytes.length));
    this.#arrivedBytes += bytes.length;
  }

  release(): undefined {
    return undefined;
  }

  /** Bytes this side takes now. */
  get room(): number {
    return this.#closed ? 0 : Math.max(0, this.#capacity - this.#arrivedBytes);
  }

  /** Called by the other side. */
  arrive(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#arrived.push(bytes);
    this.#arrivedBytes += bytes.length;
    this.#schedule();
  }

  /** Called by the other side. */
  finArrives(): void {
    this.#finArrived = true;
    this.#schedule();
  }

  /** Called by the other side. */
  resetByPeer(quiet: boolean): void {
    if (quiet) this.#peerGone = true;
    else this.#resetWaits = true;
    if (this.#reading || this.#keptBytes > 0) this.#noticesReset();
  }

  /** Called by the other side once it has read. */
  moreRoom(): void {
    if (this.#keptBytes === 0 || this.#closed) return;
    while (this.#kept.length > 0 && (this.#other?.room ?? 0) > 0) {
      const first = this.#kept[0];
      if (first === undefined) break;
      const part = Math.min(first.length, this.#other?.room ?? 0);
      this.#other?.arrive(copyOf(first, part));
      this.#keptBytes -= part;
      if (part === first.length) this.#kept.shift();
      else this.#kept[0] = first.subarray(part);
    }
    if (this.#keptBytes > 0) return;
    if (this.#ended) this.#sendFin();
    queueMicrotask(() => {
      if (!this.#closed) this.#sink?.drained();
    });
  }

  /** Closes when the peer had reset. */
  #noticesReset(): boolean {
    if (!this.#resetWaits) return false;
    this.#resetWaits = false;
    this.#close(reset);
    return true;
  }

  #sendFin(): void {
    this.#other?.finArrives();
    this.#closeIfBothEnded();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    while (this.#reading && !this.#closed && this.#arrived.length > 0) {
      const bytes = this.#arrived.shift();
      if (bytes === undefined) break;
      this.#arrivedBytes -= bytes.length;
      this.#sink?.rx(bytes);
      this.#other?.moreRoom();
    }
    if (this.#finArrived && !this.#finGiven && this.#reading && this.#arrived.length === 0) {
      this.#finGiven = true;
      if (!this.#closed) this.#sink?.peerEnded();
      this.#closeIfBothEnded();
    }
  }

  #closeIfBothEnded(): void {
    if (this.#ended && this.#keptBytes === 0 && this.#finGiven) this.#close(undefined);
  }

  #close(error: CodedError | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#error = error;
    this.#kept = [];
    this.#keptBytes = 0;
    queueMicrotask(() => this.#tellClosed());
  }

  #tellClosed(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.closed(this.#error);
  }
}

/** A copy of the first `length` bytes; `slice` of a Buffer would be a view. */
function copyOf(bytes: Uint8Array, length: number): Uint8Array {
  return new Uint8Array(bytes.subarray(0, length));
}
