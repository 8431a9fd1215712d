/**
 * A connection of lws-ts as a Node.js stream, for libraries that want a socket. The connection stays in its
 * loop: what is written leaves with the output of the turn, counts in its limits, and waits for a slow peer;
 * what is not read is not taken from the peer.
 */
import { Duplex } from 'node:stream';
import type { RoleHost } from '@lws-ts/interface';

/** Bytes over this are not copied into the output of the turn. */
const inlineBytes = 16 * 1024;

export class HostDuplex extends Duplex {
  readonly #host: RoleHost;
  #flowing = true;
  #gone = false;
  #ended = false;
  /** Of a write that waits for the peer. */
  #written: (() => void) | undefined = undefined;
  #whenSaid: ((first: Uint8Array) => void) | undefined;

  /** @param whenSaid called once, with the first that is said */
  constructor(host: RoleHost, whenSaid: (first: Uint8Array) => void) {
    super({ allowHalfOpen: true, emitClose: true });
    this.#host = host;
    this.#whenSaid = whenSaid;
  }

  /** The peer's, as `net.Socket` has it. */
  get remoteAddress(): string {
    return this.#host.transport.peer.address;
  }

  get remotePort(): number {
    return this.#host.transport.peer.port;
  }

  get remoteFamily(): string {
    return this.#host.transport.peer.family === 'ipv6' ? 'IPv6' : 'IPv4';
  }

  get encrypted(): boolean {
    return this.#host.transport.security !== undefined;
  }

  /** Deadlines are the connection's own. */
  setTimeout(): this {
    return this;
  }

  /** Always so. */
  setNoDelay(): this {
    return this;
  }

  /** By `kaTime` of the context. */
  setKeepAlive(): this {
    return this;
  }

  /** Something was written. */
  get said(): boolean {
    return this.#whenSaid === undefined;
  }

  // ---- what the role tells

  /** Takes all of it, or nothing while the reader has enough. */
  received(bytes: Uint8Array): number {
    if (!this.#flowing) return 0;
    const { buffer, byteOffset, length } = this.#host.transport.givesMemory
      ? bytes
      : new Uint8Array(bytes);
    if (!this.push(Buffer.from(buffer, byteOffset, length))) {
      this.#flowing = false;
      this.#host.rxFlowControl(false);
    }
    return bytes.length;
  }

  peerEnded(): void {
    this.push(null);
  }

  /** The peer can take more. */
  drained(): void {
    const written = this.#written;
    this.#written = undefined;
    written?.();
  }

  gone(): void {
    this.#gone = true;
    this.destroy();
  }

  // ---- what the stream asks

  override _read(): void {
    if (this.#flowing) return;
    this.#flowing = true;
    this.#host.rxFlowControl(true);
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#send(chunk);
    this.#wait(done);
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: () => void): void {
    for (const { chunk } of chunks) this.#send(chunk);
    this.#wait(done);
  }

  override _final(done: () => void): void {
    this.#ended = true;
    this.#host.finish();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#gone && !this.#ended) {
      // as of a socket: what was written is with the kernel by then
      this.#host.flush();
      this.#host.abort();
    }
    done(error);
  }

  #send(bytes: Uint8Array): void {
    if (this.#gone || this.#ended) return;
    this.#whenSaid?.(bytes);
    this.#whenSaid = undefined;
    const { length } = bytes;
    if (length > inlineBytes) {
      // the writer may use its memory again once the write is called done, which it is before it left
      this.#host.writeOwned(new Uint8Array(bytes));
      return;
    }
    this.#host.reserve(length).set(bytes, this.#host.reservedAt);
    this.#host.commit(length);
  }

  /** Asks for no more before the peer took what there is. */
  #wait(done: () => void): void {
    if (this.#gone || this.#host.room) done();
    else {
      this.#written = done;
      if (this.#host.open) this.#host.requestWriteable();
      else this.#host.forceService();
    }
  }
}
