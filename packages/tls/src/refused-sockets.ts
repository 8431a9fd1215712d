/**
 * Connections that are refused when their handshake is over: a peer gets a moment to hear of it, what it still says is
 * discarded, and then it is cut. Nobody else knows of them.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '@lws-ts/interface';

const lingerMs = 1000;

export class RefusedSockets {
  readonly #clock: Clock;
  readonly #cuts = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param raw what `socket` was made from */
  add(socket: TLSSocket, raw: Socket): void {
    const cut = (): void => {
      cancel();
      this.#cuts.delete(cut);
      socket.destroy();
      raw.destroy();
    };
    const cancel = this.#clock.wakeAt(this.#clock.now() + lingerMs, cut);
    this.#cuts.add(cut);
    socket.once('close', cut);
    socket.end();
    // unread, it would not even be told that the peer is gone
    socket.resume();
  }

  /** All of them are cut. */
  end(): void {
    for (const cut of this.#cuts) cut();
  }
}
