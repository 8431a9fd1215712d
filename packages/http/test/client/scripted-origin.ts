/** A server of HTTP that a test scripts byte by byte, over loopback, for clients. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** What is done with each whole request: its head, its body so far, and where the answer goes. */
export type Script = (request: ScriptedRequest, socket: Socket) => void | Promise<void>;

export interface ScriptedRequest {
  /** Counting from 1, over all connections. */
  readonly at: number;
  readonly head: string;
  readonly body: string;
  readonly connection: number;
}

export class ScriptedOrigin {
  readonly #server: Server;
  readonly sockets: Socket[] = [];
  readonly requests: ScriptedRequest[] = [];
  /** Bytes that came over all connections. */
  received = 0;
  /** New connections are not read from. */
  paused = false;

  constructor(server: Server) {
    this.#server = server;
  }

  static async listen(script: Script): Promise<ScriptedOrigin> {
    const server = createServer({ allowHalfOpen: true });
    const made = new ScriptedOrigin(server);
    server.on('connection', (socket) => made.#read(socket, script));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return made;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #read(socket: Socket, script: Script): void {
    const connection = this.sockets.push(socket);
    socket.on('error', () => undefined);
    let text = '';
    if (this.paused) {
      socket.pause();
      return;
    }
    socket.on('data', (bytes) => {
      this.received += bytes.length;
      text += bytes.toString('latin1');
      for (let whole = wholeRequest(text); whole !== undefined; whole = wholeRequest(text)) {
        text = text.slice(whole.length);
        const at = this.requests.length + 1;
        const request = { at, head: whole.head, body: whole.body, connection };
        this.requests.push(request);
        void script(request, socket);
      }
    });
  }
}

interface Whole {
  readonly head: string;
  readonly body: string;
  readonly length: number;
}

/** The first request of `text`, once all of it is there; a chunked body as it stands, framing included. */
function wholeRequest(text: string): Whole | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = text.slice(0, end + 4);
  const rest = text.slice(end + 4);
  if (/^transfer-encoding: chunked\r$/im.test(head)) {
    const last = /(?:^|\r\n)0\r\n(?:[^\r\n]+\r\n)*\r\n/.exec(rest);
    if (last === null) return undefined;
    const length = last.index + last[0].length;
    return { head, body: rest.slice(0, length), length: end + 4 + length };
  }
  const length = Number(/^content-length: (\d+)\r$/im.exec(head)?.[1] ?? 0);
  if (rest.length < length) return undefined;
  return { head, body: rest.slice(0, length), length: end + 4 + length };
}

/** The value of a field of a head. */
export function fieldOf(head: string, name: string): string | undefined {
  const line = head.split('\r\n').find((one) => one.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}

/** A whole answer with a length. */
export function answer(body: string, fields = '', status = '200 OK'): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`;
}
