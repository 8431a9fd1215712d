/** A server that a test scripts byte by byte, for clients over loopback. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { acceptFor } from '../src/handshake.ts';

export type Script = (head: string, socket: Socket) => void;

export class ScriptedServer {
  readonly #server: Server;
  readonly sockets: Socket[] = [];
  /** Heads of requests, in order. */
  readonly heads: string[] = [];

  constructor(server: Server) {
    this.#server = server;
  }

  /** @param script what is done with each request head; without one it is never answered */
  static async listen(script: Script = () => undefined): Promise<ScriptedServer> {
    const server = createServer();
    const made = new ScriptedServer(server);
    server.on('connection', (socket) => {
      made.sockets.push(socket);
      socket.on('error', () => undefined);
      let head = '';
      const onData = (bytes: Buffer): void => {
        head += bytes.toString('latin1');
        if (!head.includes('\r\n\r\n')) return;
        socket.off('data', onData);
        made.heads.push(head);
        script(head, socket);
      };
      socket.on('data', onData);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return made;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The value of a field of a head. */
export function fieldOf(head: string, name: string): string | undefined {
  const line = head.split('\r\n').find((one) => one.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}

/** An answer to a handshake, with fields in place of its own or beside them; `undefined` leaves one out. */
export function answerTo(
  head: string,
  fields: Readonly<Record<string, string | undefined>> = {},
  status = '101 Switching Protocols',
): string {
  const all: Record<string, string | undefined> = {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Accept': acceptFor(fieldOf(head, 'sec-websocket-key') ?? ''),
    ...fields,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return `${[`HTTP/1.1 ${status}`, ...lines].join('\r\n')}\r\n\r\n`;
}
