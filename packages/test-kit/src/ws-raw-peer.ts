import { type Adopter, connectRawPeer } from './connect-raw-peer.ts';
import type { MemoryPairOptions, MemoryTransport } from './memory-transport.ts';
import type { RawPeer } from './raw-peer.ts';
import {
  clientClose,
  clientFrame,
  type HeardFrame,
  readServerFrames,
  type UpgradeRequestOptions,
  upgradeRequest,
} from './ws-frames.ts';

/** A scripted WebSocket client: it says frames and keeps the frames it hears. It answers nothing by itself. */
export class WsRawPeer {
  readonly peer: RawPeer;
  /** The server's side of the connection. */
  readonly server: MemoryTransport;
  /** The head of the server's answer, once it came. */
  head = '';
  #bytes = new Uint8Array(0);

  constructor(peer: RawPeer, server: MemoryTransport) {
    this.peer = peer;
    this.server = server;
  }

  /** Frames heard since the last call. */
  frames(): readonly HeardFrame[] {
    const heard = this.peer.take();
    const bytes = new Uint8Array(this.#bytes.length + heard.length);
    bytes.set(this.#bytes);
    bytes.set(heard, this.#bytes.length);
    this.#bytes = bytes;
    if (this.head === '') {
      const end = Buffer.from(bytes).indexOf('\r\n\r\n');
      if (end < 0) return [];
      this.head = Buffer.from(bytes.subarray(0, end + 4)).toString('latin1');
      this.#bytes = bytes.slice(end + 4);
    }
    const { frames, rest } = readServerFrames(this.#bytes);
    this.#bytes = rest.slice();
    return frames;
  }

  /** Payloads of the data frames heard since the last call, as text. */
  texts(): readonly string[] {
    return this.frames()
      .filter(({ opcode }) => opcode < 8)
      .map(({ payload }) => new TextDecoder().decode(payload));
  }

  /** The code of the close frame heard since the last call; 1005 for one without; undefined for none. */
  closeCode(): number | undefined {
    const close = this.frames().find(({ opcode }) => opcode === 8);
    if (close === undefined) return undefined;
    const [high, low] = close.payload;
    return high === undefined || low === undefined ? 1005 : high * 256 + low;
  }

  async text(...messages: readonly string[]): Promise<void> {
    await this.peer.send(Buffer.concat(messages.map((message) => clientFrame(1, message))));
  }

  async close(code?: number, reason?: string): Promise<void> {
    await this.peer.send(clientClose(code, reason));
  }
}

/** Connects a scripted WebSocket client to a vhost in memory, past the handshake. */
export async function connectWsPeer(
  vhost: Adopter,
  request: UpgradeRequestOptions = {},
  pair: MemoryPairOptions = {},
): Promise<WsRawPeer> {
  const { peer, server } = await connectRawPeer(vhost, pair);
  const client = new WsRawPeer(peer, server);
  await peer.send(upgradeRequest(request));
  return client;
}
