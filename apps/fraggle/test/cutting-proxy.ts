import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** The byte behind the handshake whose lowest bit a {@link CuttingProxy} flips, counted from 0. */
export interface Damage {
  readonly toClient?: number;
  readonly toServer?: number;
}

/** Passes TCP on in pieces of random sizes, the same ones for the same seed, each in a turn of its own. */
export class CuttingProxy {
  pieces = 0;
  /** The first byte behind each head: of frames, in the order in which they came. */
  readonly firstBytes: number[] = [];
  readonly port: number;
  readonly #listener: Server;

  private constructor(listener: Server) {
    this.#listener = listener;
    this.port = (listener.address() as { port: number }).port;
  }

  static async start(port: number, seed: number, damage: Damage = {}): Promise<CuttingProxy> {
    const listener = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const proxy = new CuttingProxy(listener);
    const next = sizes(seed);
    listener.on('connection', (client) => {
      const server = connect({ port, host: '127.0.0.1', noDelay: true });
      for (const socket of [client, server]) socket.on('error', () => undefined);
      void proxy.#pass(client, server, next, damage.toServer);
      void proxy.#pass(server, client, next, damage.toClient);
    });
    return proxy;
  }

  close(): void {
    this.#listener.close();
  }

  async #pass(from: Socket, to: Socket, next: () => number, flip: number | undefined) {
    let passed: number | undefined;
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        // both heads arrive whole: they are short, and nothing stands before them
        passed ??= -(chunk.indexOf('\r\n\r\n') + 4);
        const at = flip === undefined ? -1 : flip - passed;
        if (passed <= 0 && passed + chunk.length > 0)
          this.firstBytes.push(chunk[-passed] as number);
        if (at >= 0 && at < chunk.length) chunk.writeUInt8((chunk[at] as number) ^ 1, at);
        passed += chunk.length;
        for (let start = 0; start < chunk.length; ) {
          const end = Math.min(chunk.length, start + next());
          this.pieces++;
          if (!to.write(chunk.subarray(start, end))) await room(to);
          else await new Promise((resolve) => setImmediate(resolve));
          start = end;
        }
      }
      to.end();
    } catch {
      to.destroy();
    }
  }
}

/** Settles when it takes more, or nothing more. */
function room(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}

/** One in four within a frame header's reach, the others up to 32 KiB. */
function sizes(seed: number): () => number {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return () => 1 + Math.floor(random() * (random() < 0.25 ? 8 : 32_768));
}
