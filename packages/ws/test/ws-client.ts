/** A WebSocket client that a test drives frame by frame, over a memory pair. */
import {
  type Adopter,
  clientFrame,
  connectRawPeer,
  type MemoryPairOptions,
  type MemoryTransport,
  type RawPeer,
  readServerFrames,
  settle,
} from '@lws-ts/test-kit';

export const key = 'dGhlIHNhbXBsZSBub25jZQ==';

/** A handshake that is answered 101, with fields in place of its own, or beside them; `undefined` leaves one out. */
export function handshake(
  fields: Readonly<Record<string, string | undefined>> = {},
  requestLine = 'GET /chat?a=1 HTTP/1.1',
): string {
  const all: Record<string, string | undefined> = {
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': key,
    'Sec-WebSocket-Version': '13',
    ...fields,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return `${[requestLine, ...lines].join('\r\n')}\r\n\r\n`;
}

/** A masked frame. */
export function frame(opcode: number, payload: string | Uint8Array = '', fin = true): Uint8Array {
  return clientFrame(opcode, payload, { fin });
}

export const text = (payload: string, fin = true): Uint8Array => frame(1, payload, fin);
export const binary = (payload: Uint8Array, fin = true): Uint8Array => frame(2, payload, fin);

/** Frames one after the other. */
export function join(...frames: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(frames));
}

const names = new Map([
  [0, 'continuation'],
  [1, 'text'],
  [2, 'binary'],
  [9, 'ping'],
  [10, 'pong'],
]);

/** What a server's bytes say, one line a frame: `text "a"`, `close 1000`, `binary… 00ff` without FIN. */
export function readFrames(bytes: Uint8Array): string[] {
  const { frames, rest } = readServerFrames(bytes);
  if (rest.length > 0) throw new Error(`${rest.length} bytes are no whole frame`);
  return frames.map(({ fin, opcode, payload }) => {
    const data = Buffer.from(payload);
    if (opcode === 8) return data.length === 0 ? 'close' : `close ${closeText(data)}`;
    const shown = opcode === 2 ? data.toString('hex') : JSON.stringify(data.toString('utf8'));
    const more = fin ? '' : '…';
    return `${names.get(opcode) ?? opcode}${more} ${data.length > 64 ? `of ${data.length}` : shown}`;
  });
}

function closeText(data: Buffer): string {
  const reason = data.length > 2 ? ` ${JSON.stringify(data.toString('utf8', 2))}` : '';
  return `${data.readUInt16BE(0)}${reason}`;
}

export class WsClient {
  readonly peer: RawPeer;
  readonly server: MemoryTransport;

  /** The frames that came right behind the 101. */
  readonly early: readonly string[];

  constructor(peer: RawPeer, server: MemoryTransport, early: readonly string[]) {
    this.peer = peer;
    this.server = server;
    this.early = early;
  }

  /** Connects and shakes hands; throws unless answered 101. */
  static async open(
    vhost: Adopter,
    fields: Readonly<Record<string, string | undefined>> = {},
    options: MemoryPairOptions = {},
  ): Promise<WsClient> {
    const { peer, server } = await connectRawPeer(vhost, options);
    await peer.send(handshake(fields));
    const bytes = peer.take();
    const answer = Buffer.from(bytes).toString('latin1');
    if (!answer.startsWith('HTTP/1.1 101 ')) throw new Error(`not answered 101: ${answer}`);
    return new WsClient(peer, server, readFrames(bytes.subarray(answer.indexOf('\r\n\r\n') + 4)));
  }

  async send(...frames: readonly Uint8Array[]): Promise<void> {
    await this.peer.send(join(...frames));
  }

  /** The frames heard since the last call. */
  take(): string[] {
    return readFrames(this.peer.take());
  }

  async settled(): Promise<string[]> {
    await settle();
    return this.take();
  }
}
