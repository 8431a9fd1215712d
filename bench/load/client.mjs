/**
 * What the generators for Node.js have in common: opening connections, frames by hand, and the lines that the
 * harness expects of a generator. Frames are made before figures are taken, with one masking key for each.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

const acceptValue = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
const offer =
  'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n';
const emptyBlock = Buffer.from([0, 0, 0xff, 0xff]);

/** The request of a handshake with one key for all. */
export function requestHead(port, deflate) {
  return (
    `GET / HTTP/1.1\r\nHost: localhost:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${deflate ? offer : ''}\r\n`
  );
}

/** Throws unless `head` accepts the request, and the extension exactly where it was offered. */
export function checkHead(head, deflate) {
  const agreed = /^sec-websocket-extensions: permessage-deflate/im.test(head);
  const both = /server_no_context_takeover/.test(head) && /client_no_context_takeover/.test(head);
  if (!head.startsWith('HTTP/1.1 101 ') || !head.includes(acceptValue) || agreed !== deflate)
    throw new Error(`handshake refused: ${head}`);
  if (deflate && !both) throw new Error(`a context would be kept: ${head}`);
}

/** A socket of 127.0.0.1 whose handshake is done; the server has sent nothing but its head. */
export async function openWebSocket(port, deflate) {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  socket.write(requestHead(port, deflate));
  const [head] = await once(socket, 'data');
  checkHead(head.toString('latin1'), deflate);
  if (!head.subarray(-4).equals(Buffer.from('\r\n\r\n'))) throw new Error('more than a head came');
  socket.on('error', fail);
  return socket;
}

/** `count` of them, 50 handshakes at a time, each given to `each`. */
export async function openWebSockets(port, count, deflate, each = async () => {}) {
  const sockets = [];
  async function worker() {
    while (sockets.length + opening < count) {
      opening += 1;
      const socket = await openWebSocket(port, deflate);
      opening -= 1;
      sockets.push(socket);
      await each(socket);
    }
  }
  let opening = 0;
  await Promise.all(Array.from({ length: 50 }, worker));
  return sockets;
}

/** RFC 6455 §5.2: a masked frame. `first` is its first byte: FIN, RSV1, opcode. */
export function maskedFrame(first, payload) {
  const { length } = payload;
  const key = [0x37, 0xfa, 0x21, 0x3d];
  const lengthBytes =
    length < 126
      ? [0x80 | length]
      : length < 65_536
        ? [0xfe, length >> 8, length & 0xff]
        : [
            0xff,
            0,
            0,
            0,
            0,
            (length >> 24) & 0xff,
            (length >> 16) & 0xff,
            (length >> 8) & 0xff,
            length & 0xff,
          ];
  const body = payload.map((byte, at) => byte ^ key[at & 3]);
  return Buffer.concat([Buffer.from([first, ...lengthBytes, ...key]), body]);
}

/** RFC 7692 §7.2.1, without a context taken over. */
export function deflated(payload) {
  const bytes = deflateRawSync(payload, { level: 1, finishFlush: constants.Z_SYNC_FLUSH });
  return bytes.subarray(0, -4);
}

export function inflated(payload) {
  return inflateRawSync(Buffer.concat([payload, emptyBlock]), {
    finishFlush: constants.Z_SYNC_FLUSH,
  });
}

/** A record of exactly `size` bytes as programs send them; another for each `seed`. */
export function jsonLike(size, seed) {
  const words = ['temperature', 'kitchen', 'garden', 'open', 'closed', 'warning', 'humidity', 'ok'];
  let state = seed + 1;
  const next = (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return (state >> 8) % below;
  };
  let text = '[';
  while (text.length < size)
    text += `{"id":${next(100_000)},"sensor":"${words[next(8)]}","state":"${words[next(8)]}","value":${next(10_000) / 100},"at":17${next(100_000_000)}},`;
  return Buffer.from(`${text.slice(0, size - 1)}]`, 'latin1');
}

/** Gives each frame of a server as `take(firstByte, payload)`; the payload is valid during the call. */
export class ServerFrames {
  #rest = Buffer.alloc(0);

  push(chunk, take) {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const small = bytes[1] ?? 0;
      const header = small < 126 ? 2 : small === 126 ? 4 : 10;
      if (bytes.length < header) break;
      const length =
        small < 126 ? small : small === 126 ? bytes.readUInt16BE(2) : bytes.readUInt32BE(6);
      if (bytes.length < header + length) break;
      take(bytes[0], bytes.subarray(header, header + length));
      bytes = bytes.subarray(header + length);
    }
    this.#rest = Buffer.from(bytes);
  }
}

/**
 * The lines of a generator: `exchange(warmup)`, `ready`, a line of the harness, `exchange(messages)`, a JSON line.
 * Ends the process at the end of stdin.
 */
export async function serveHarness({ warmup, messages }, exchange) {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  if (warmup > 0) await exchange(warmup);
  console.log('ready');
  if (!(await lines.next()).done) {
    const began = process.hrtime.bigint();
    const done = await exchange(messages);
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    console.log(JSON.stringify({ messages: done ?? messages, seconds }));
    while (!(await lines.next()).done);
  }
  process.exit(0);
}

/** Ends the generator, and with it the sample. */
export function fail(error) {
  console.error(`load: ${error.message}`);
  process.exit(3);
}
