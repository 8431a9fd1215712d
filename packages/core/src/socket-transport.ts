/** A transport over a plain `net.Socket` (TCP or unix). */
import { Socket } from 'node:net';
import type { CodedError, PeerAddress, Transport, TransportSink } from '@lws-ts/interface';
import { LwsError } from '@lws-ts/interface';
import { coreErrors } from './errors.ts';
import { unconfirmedBytes } from './kernel-queue.ts';

/**
 * High-water mark of the sockets that are made here, in bytes: for each write of so much or more, however soon the
 * kernel has it, a stream makes a tick and emits 'drain'; and so much may a socket read on that was told to stop.
 */
export const highWaterMark = 4096;

const nothing = new Uint8Array(0);
const owner = Symbol('transport');
/** What every socket has as `push`. */
const queuePush = Reflect.get(Socket.prototype, 'push') as Socket['push'];

interface OwnedSocket extends Socket {
  [owner]?: SocketTransport | undefined;
  /** Not documented by Node.js, and so only asked, never relied on. */
  _handle?: { readonly writeQueueSize?: unknown; readonly fd?: unknown } | null;
}

/** A plain `net.Socket`, TCP or unix, as a transport. */
export class SocketTransport implements Transport {
  // what a write looks at comes first: among many connections each line of memory is fetched from afar
  readonly #socket: OwnedSocket;
  /** The socket has kept something: while it has not, nothing is buffered. */
  #choked: boolean;
  #sink: TransportSink | undefined = undefined;
  readonly kind: 'tcp' | 'unix' | 'pipe';
  readonly #reads: 'data' | 'brought' | 'onread';
  /** Read when somebody asks for it: an idle connection does without. */
  #peer: PeerAddress | undefined = undefined;
  #flowing = false;
  #wanted = false;
  /** The stream of the socket has bytes: what comes has to stand behind them. */
  #queued = false;
  /** What a socket that reads into a shared buffer read after it was told to stop. */
  #early: Uint8Array | undefined = undefined;
  /** Its peer ended before whoever is attached now was. */
  #endedBefore = false;
  /** Length of the write under way, while nothing stands behind it. */
  #inFlight = 0;
  #error: CodedError | undefined = undefined;

  /**
   * @param kind what the socket is, where its owner knows: an address that is gone already says nothing
   * @param reads how bytes come: by 'data' events, also of a socket that a program brought along and may listen to
   *   itself, or by {@link onRead}, whose memory is not given
   */
  constructor(
    socket: Socket,
    kind?: 'tcp' | 'unix' | 'pipe',
    reads: 'data' | 'brought' | 'onread' = 'data',
  ) {
    this.#reads = reads;
    // asked for here, since Node keeps what it has read once: behind the end of the socket there is no other way
    const address = socket.remoteAddress;
    this.kind = kind ?? (address === undefined ? 'unix' : 'tcp');
    this.#choked = socket.writableLength > 0;
    this.#socket = socket;
    this.#socket[owner] = this;
    socket.on('error', onError);
    socket.on('close', onClose);
  }

  get security(): undefined {
    return undefined;
  }

  get givesMemory(): boolean {
    return this.#reads !== 'onread';
  }

  get readsAlone(): boolean {
    return this.#reads === 'data';
  }

  get peer(): PeerAddress {
    this.#peer ??= addressOf(
      this.#socket.remoteAddress,
      this.#socket.remotePort,
      this.kind === 'unix' ? 'unix' : 'none',
    );
    return this.#peer;
  }

  get local(): PeerAddress {
    return addressOf(this.#socket.localAddress, this.#socket.localPort, 'none');
  }

  get bufferedBytes(): number {
    if (!this.#choked) return 0;
    const { writableLength } = this.#socket;
    if (writableLength === 0 || writableLength !== this.#inFlight) return writableLength;
    // of one large write Node shows nothing until all of it went; libuv knows how far it is
    const queued = this.#socket._handle?.writeQueueSize;
    return typeof queued === 'number' && queued > 0
      ? Math.min(queued, writableLength)
      : writableLength;
  }

  unconfirmedBytes(): number | undefined {
    const fd = this.kind === 'tcp' ? this.#socket._handle?.fd : undefined;
    return typeof fd === 'number' && fd >= 0 ? unconfirmedBytes(fd) : undefined;
  }

  attach(sink: TransportSink): void {
    const attached = this.#sink !== undefined;
    this.#sink = sink;
    this.#endedBefore = this.#socket.readableEnded;
    if (attached) return;
    this.#socket.on('end', onEnd);
    this.#socket.on('drain', onDrain);
    // of one that its program wrote to before
    if (this.#choked) this.#awaitDrain();
    // closed before anybody could be told
    if (this.#socket.destroyed) setImmediate(() => this.#closed());
  }

  write(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    if (isOver(socket)) return true;
    socket.write(bytes);
    return this.#isFree(bytes.length);
  }

  writeBoth(first: Uint8Array, second: Uint8Array): boolean {
    const socket = this.#socket;
    if (isOver(socket)) return true;
    socket.cork();
    socket.write(first);
    socket.write(second);
    socket.uncork();
    return this.#isFree(first.length + second.length);
  }

  #isFree(written: number): boolean {
    const { writableLength } = this.#socket;
    if (writableLength === 0) return true;
    this.#inFlight = writableLength === written ? writableLength : 0;
    if (!this.#choked) this.#awaitDrain();
    this.#choked = true;
    return false;
  }

  /** For less than its high-water mark a socket emits no 'drain': what is written behind it tells instead. */
  #awaitDrain(): void {
    const socket = this.#socket;
    if (!socket.writableNeedDrain && !socket.writableEnded)
      socket.write(nothing, () => this.drained());
  }

  read(on: boolean): void {
    this.#wanted = on;
    if (on && (this.#early !== undefined || this.#endedBefore))
      queueMicrotask(() => this.#giveEarly());
    if (on && !this.#flowing) {
      this.#flowing = true;
      if (this.#reads !== 'onread') this.#socket.on('data', onData);
      if (this.#reads === 'data') {
        this.#queued = this.#socket.readableLength > 0;
        this.#socket.push = onPush;
      }
      this.#socket.resume();
    } else if (on) this.#socket.resume();
    else this.#socket.pause();
  }

  end(): void {
    this.#socket.end();
  }

  abort(): void {
    const socket = this.#socket;
    // all is with the kernel, FIN too or just about to be: a plain close loses nothing of it, a reset would, and the
    // system refuses one beside a FIN that is under way
    const ended = socket.writableEnded && socket.writableLength === 0;
    if (this.kind !== 'tcp' || ended) socket.destroy();
    else socket.resetAndDestroy();
  }

  probe(): boolean {
    if (this.#socket.destroyed || this.#socket.errored !== null) return false;
    if (this.#socket.writableEnded || this.#socket.writableLength > 0) return true;
    this.#socket.write(nothing);
    return this.#socket.errored === null;
  }

  standsFor(peer: PeerAddress): void {
    this.#peer = peer;
  }

  unread(bytes: Uint8Array): void {
    // a socket that reads into a shared buffer emits nothing of what is unshifted
    if (this.#reads === 'onread') this.#early = joined(bytes, this.#early ?? nothing);
    else if (!this.#socket.destroyed) {
      this.#queued = true;
      this.#socket.unshift(Buffer.from(bytes));
    }
  }

  release(): object | undefined {
    const socket = this.#socket;
    if (this.#early !== undefined && !socket.destroyed) socket.unshift(this.#early);
    socket[owner] = undefined;
    if (socket.push === onPush) socket.push = queuePush;
    socket.off('data', onData);
    socket.off('end', onEnd);
    socket.off('drain', onDrain);
    socket.off('error', onError);
    socket.off('close', onClose);
    return socket;
  }

  /** Called by the socket's events. */
  received(chunk: Uint8Array): void {
    this.#queued = this.#socket.readableLength > 0;
    this.#rx(chunk);
  }

  /** Called with what a socket read. False: it was not taken, since what was read before waits, or nothing is wanted. */
  pushed(chunk: Uint8Array): boolean {
    this.#queued ||= !this.#wanted;
    if (this.#queued) return false;
    this.#rx(chunk);
    return true;
  }

  #rx(chunk: Uint8Array): void {
    this.#sink?.rx(new Uint8Array(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.length));
  }

  /** Called by a socket that reads into a shared buffer. False: read no more for now. */
  filled(memory: ArrayBuffer, offset: number, length: number): boolean {
    const bytes = new Uint8Array(memory, offset, length);
    if (this.#wanted && this.#early === undefined) this.#sink?.rx(bytes);
    else this.#early = joined(this.#early, bytes);
    return this.#wanted;
  }

  #giveEarly(): void {
    const bytes = this.#early;
    if (!this.#wanted) return;
    this.#early = undefined;
    if (bytes !== undefined) this.#sink?.rx(bytes);
    if (!this.#wanted || !this.#endedBefore) return;
    this.#endedBefore = false;
    this.#sink?.peerEnded();
  }

  /** Called by the socket's events. */
  peerEnded(): void {
    this.#sink?.peerEnded();
  }

  /** Called by the socket's events. */
  drained(): void {
    if (!this.#choked || this.#socket.destroyed) return;
    if (this.#socket.writableLength > 0) {
      this.#awaitDrain();
      return;
    }
    this.#choked = false;
    this.#sink?.drained();
  }

  /** Called by the socket's events. */
  failed(error: NodeJS.ErrnoException): void {
    this.#error = transportError(error);
  }

  /** Called by the socket's events. */
  closed(): void {
    this.#closed();
  }

  #closed(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.closed(this.#error);
  }
}

/** Whether nothing can be written any more. `writable` looks at one of the two streams of a socket: mostly the other is left alone. */
function isOver(socket: Socket): boolean {
  return !socket.writable && (socket.destroyed || socket.writableEnded);
}

/** @param unnamed the family of what has no address */
function addressOf(
  address: string | undefined,
  port: number | undefined,
  unnamed: 'unix' | 'none',
): PeerAddress {
  if (address === undefined) return { address: '', port: 0, family: unnamed };
  const family = isIpv6(address) ? 'ipv6' : 'ipv4';
  return { address: plainAddress(address), port: port ?? 0, family };
}

/** What a system error of a socket is called here. */
export function transportError(error: NodeJS.ErrnoException): CodedError {
  const goes = error.code === 'ECONNRESET' || error.code === 'EPIPE' || error.code === 'ETIMEDOUT';
  if (goes) return coreErrors.LWS_ERR_TRANSPORT_RESET;
  return new LwsError(coreErrors.LWS_ERR_TRANSPORT_FAILED, error.message, { cause: error });
}

/** For a socket that reads into a buffer of its own: what it calls with what it read. */
export function onRead(this: OwnedSocket, length: number, buffer: Uint8Array): boolean {
  return this[owner]?.filled(buffer.buffer as ArrayBuffer, buffer.byteOffset, length) ?? false;
}

function joined(before: Uint8Array | undefined, bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array((before?.length ?? 0) + bytes.length);
  if (before !== undefined) all.set(before);
  all.set(bytes, before?.length ?? 0);
  return all;
}

// one function an event for all sockets: a connection costs no closures
function onData(this: OwnedSocket, chunk: Uint8Array): void {
  this[owner]?.received(chunk);
}

/**
 * In place of a socket's `push`, which it calls with what it read: nothing is queued and no event made of what is taken at
 * once. A Node.js whose sockets do not call it emits 'data' as always.
 */
function onPush(this: OwnedSocket, chunk: unknown, encoding?: BufferEncoding): boolean {
  if (chunk instanceof Uint8Array && this[owner]?.pushed(chunk) === true) return true;
  return queuePush.call(this, chunk, encoding);
}

function onEnd(this: OwnedSocket): void {
  this[owner]?.peerEnded();
}

function onDrain(this: OwnedSocket): void {
  this[owner]?.drained();
}

function onError(this: OwnedSocket, error: NodeJS.ErrnoException): void {
  this[owner]?.failed(error);
}

function onClose(this: OwnedSocket): void {
  this[owner]?.closed();
}

function isIpv6(address: string): boolean {
  return address.includes(':') && !address.startsWith('::ffff:');
}

function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
