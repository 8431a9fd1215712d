/**
 * How much peers send before their handshakes are over. Node.js gives the bytes of a handshake to OpenSSL by itself,
 * so that nobody can count them as they come: the counts of the sockets are looked at, once a second while there is
 * any handshake. OpenSSL itself keeps at most 128 KiB of one message.
 */
import type { Socket } from 'node:net';
import type { Clock } from '@lws-ts/interface';

const everyMs = 1000;

interface Watched {
  /** What `bytesRead` may come to. */
  readonly most: number;
  readonly tooMuch: () => void;
}

export class HandshakeBytes {
  readonly #clock: Clock;
  readonly #watched = new Map<Socket, Watched>();
  #cancel: (() => void) | undefined = undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * `tooMuch` is called once, never before this returned, when more than `most` bytes came. What was read before and
   * given back counts.
   */
  watch(socket: Socket, most: number, tooMuch: () => void): void {
    const before = socket.bytesRead - socket.readableLength;
    this.#watched.set(socket, { most: before + most, tooMuch });
    // read together with what told whom it is for
    if (socket.readableLength > most) setImmediate(() => this.#judge(socket));
    this.#cancel ??= this.#wait();
  }

  forget(socket: Socket): void {
    this.#watched.delete(socket);
  }

  end(): void {
    this.#watched.clear();
    this.#cancel?.();
  }

  #wait(): () => void {
    return this.#clock.wakeAt(this.#clock.now() + everyMs, () => {
      this.#cancel = undefined;
      for (const socket of this.#watched.keys()) this.#judge(socket);
      if (this.#watched.size > 0) this.#cancel = this.#wait();
    });
  }

  #judge(socket: Socket): void {
    const watched = this.#watched.get(socket);
    if (watched === undefined || socket.bytesRead <= watched.most) return;
    this.#watched.delete(socket);
    watched.tooMuch();
  }
}
