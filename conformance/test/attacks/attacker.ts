/** A peer that is past the handshake, and the good one beside it. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { frame } from '../cases/case.ts';
import { eventLine } from '../framing/outcome.ts';
import { agreedByClient } from '../peer/agreement.ts';
import { type AskedBesides, askForUpgrade } from '../peer/handshake.ts';
import { SocketPeer } from '../peer/socket-peer.ts';
import { said } from './attack.ts';

const tailBytes = 64;
/** Of compression: whatever the server likes. */
const wish = { noContextTakeover: false, windowBits: undefined };

export class Attacker extends SocketPeer {
  /** `address:port` as the server sees it. */
  readonly address: string;
  /** What the server answered to the offer of extensions. */
  readonly agreed: string | undefined;
  readonly #socket: Socket;
  #tail = Buffer.alloc(0);

  private constructor(socket: Socket, agreed: string | undefined) {
    super(socket, 'client', agreed === undefined ? undefined : agreedByClient(agreed, [wish]));
    this.#socket = socket;
    this.agreed = agreed;
    this.address = `${socket.localAddress}:${socket.localPort}`;
    socket.on('data', (octets) => {
      this.#tail = Buffer.concat([this.#tail, octets as Buffer]).subarray(-tailBytes);
    });
  }

  /** @param vhost the Host field @param offer Sec-WebSocket-Extensions */
  static async open(
    port: number,
    vhost: string,
    offer?: string,
    besides?: AskedBesides,
  ): Promise<Attacker> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    socket.setNoDelay(true);
    return new Attacker(socket, await askForUpgrade(socket, vhost, offer, besides));
  }

  /** The last octets that came, in hex. */
  get tail(): string {
    return this.#tail.toString('hex');
  }

  /** Whether it reads what the server says. */
  read(on: boolean): void {
    if (on) this.#socket.resume();
    else this.#socket.pause();
  }
}

const greeting = 'are you there?';
const greetingLine = eventLine('text', Buffer.from(greeting));

/** A client that does as it should. */
export class GoodClient {
  readonly #peer: Attacker;

  constructor(peer: Attacker) {
    this.#peer = peer;
  }

  /** Says something over and over while `attack` lasts, and once more; gives the longest time an echo took, in ms. */
  async beside(attack: () => Promise<void>): Promise<number> {
    let over = false;
    const attacked = attack().finally(() => {
      over = true;
    });
    // told when it is awaited
    attacked.catch(() => undefined);
    let longest = 0;
    for (let last = false; !last; ) {
      last = over;
      longest = Math.max(longest, await this.#echo());
      if (!last)
        await Promise.race([attacked, new Promise((resolve) => setTimeout(resolve, 10))]).catch(
          () => undefined,
        );
    }
    await attacked;
    return longest;
  }

  async leave(): Promise<void> {
    await this.#peer.leave();
  }

  async #echo(): Promise<number> {
    const began = performance.now();
    await this.#peer.say([said(frame(1, greeting))]);
    const line = await this.#peer.next(10_000);
    if (line !== greetingLine) throw new Error(`the good client heard ${line}`);
    return performance.now() - began;
  }
}
