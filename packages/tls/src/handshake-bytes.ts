/**
 * How much peers send before their handshakes are over. Node.js gives the bytes of a handshake to OpenSSL by itself,
 * so that nobody can count them as they come: the counts of the sockets are looked at, once a second while there is
 * any handshake. OpenSSL itself keeps at most 128 KiB of one message.
 */
import type { Socket } from 'node:net';
import type { Clock } from '@lws-ts/interface';

const everyMs = 1000;

/** A handshake that is watched. */
export interface Watched {
  readonly socket: Socket;
  /** What `bytesRead` may come to. */
  readonly most: number;
  readonly tooMuch: () => void;
  /** Its place among all; -1: it is none of them any more. */
  at: number;
}

export class HandshakeBytes {
  readonly #clock: Clock;
  /** No Map: it would keep what came and went out of reach of collections of the young generation. */
  readonly #watched: Watched[] = [];
  #cancel: (() => void) | undefined = undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * `tooMuch` is called once, never before this returned, when more than `most` bytes came. What was read before and
   * given back counts.
   */
  watch(socket: Socket, most: number, tooMuch: () => void): Watched {
    const before = socket.bytesRead - socket.readableLength;
    const watched = { socket, most: before + most, tooMuch, at: this.#watched.length };
    this.#watched.push(watched);
    // read together with what told whom it is for
    if (socket.readableLength > most) setImmediate(() => this.#judge(watched));
    this.#cancel ??= this.#wait();
    return watched;
  }

  forget(watched: Watched): void {
    const { at } = watched;
    if (at < 0) return;
    watched.at = -1;
    const last = this.#watched.pop();
    if (last === undefined || last === watched) return;
    this.#watched[at] = last;
    last.at = at;
  }

  end(): void {
    for (const watched of this.#watched.splice(0)) watched.at = -1;
    this.#cancel?.();
  }

  #wait(): () => void {
    return this.#clock.wakeAt(this.#clock.now() + everyMs, () => {
      this.#cancel = undefined;
      for (const watched of this.#watched.slice()) this.#judge(watched);
      if (this.#watched.length > 0) this.#cancel = this.#wait();
    });
  }

  #judge(watched: Watched): void {
    if (watched.at < 0 || watched.socket.bytesRead <= watched.most) return;
    this.forget(watched);
    watched.tooMuch();
  }
}
