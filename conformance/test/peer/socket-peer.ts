/** The peer on a socket: says octets in the writes it is told, and hears lines. It answers nothing by itself. */
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Party } from '../run/party.ts';
import type { PeerSide } from './frame-image.ts';
import { HeardLines } from './heard-lines.ts';
import type { PeerDeflate } from './peer-deflate.ts';

export class SocketPeer implements Party {
  readonly side: PeerSide;
  readonly #socket: Socket;
  readonly #heard: HeardLines;
  readonly #deflate: PeerDeflate | undefined;

  constructor(socket: Socket, side: PeerSide, deflate?: PeerDeflate) {
    this.side = side;
    this.#socket = socket;
    this.#deflate = deflate;
    const heard = new HeardLines(side, deflate);
    this.#heard = heard;
    socket.setNoDelay(true);
    socket.on('data', (octets) => heard.push(octets as Buffer));
    socket.on('end', () => {
      heard.end();
      socket.end();
    });
    socket.on('error', () => heard.add('reset'));
  }

  /** Messages heard that came compressed. */
  get compressed(): number {
    return this.#heard.compressed;
  }

  /** Each part in a write of its own, and a turn of the loop between two, so that they arrive apart. */
  async say(parts: readonly Uint8Array[]): Promise<void> {
    for (const [at, part] of parts.entries()) {
      if (at > 0) await nextTurn();
      if (this.#socket.destroyed) return;
      this.#socket.write(part);
    }
  }

  next(withinMs: number): Promise<string | undefined> {
    return this.#heard.next(withinMs);
  }

  /** The other side ended, or nothing more is wanted of it. */
  async leave(): Promise<void> {
    this.#deflate?.close();
    await new Promise<void>((resolve) => {
      if (this.#socket.destroyed) resolve();
      else this.#socket.once('close', () => resolve()).destroy();
    });
  }
}
