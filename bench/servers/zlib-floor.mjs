/**
 * Not a server to use: the least that `node:zlib` and `node:net` can spend on an echo of a compressed message, as a
 * floor for those that compress at once and keep no context. Each message is inflated and deflated by one call, with
 * the settings of the others and a window of its size. Whatever comes is taken for one whole masked frame.
 */
import { createServer } from 'node:net';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { unmask } from 'bufferutil';
import { announce } from './announce.mjs';

const handshake =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n' + // to the one key the generator has
  'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n\r\n';

const flush = constants.Z_SYNC_FLUSH;
const tail = Buffer.from([0, 0, 0xff, 0xff]);
const mostBytes = 1024 * 1024;
const chunkSize = 8192;

/** RFC 7692 §7.2.2, of a frame with a payload of less than 64 KiB. */
function inflated(frame) {
  const start = (frame[1] & 0x7f) < 126 ? 6 : 8;
  const wire = Buffer.allocUnsafe(frame.length - start + tail.length);
  frame.copy(wire, 0, start);
  unmask(wire.subarray(0, frame.length - start), frame.subarray(start - 4, start));
  tail.copy(wire, frame.length - start);
  return inflateRawSync(wire, { finishFlush: flush, maxOutputLength: mostBytes, chunkSize });
}

/**
 * RFC 7692 §7.2.1, as one frame.
 *
 * @param first byte of the one it answers: text or binary
 */
function deflatedFrame(first, payload) {
  const windowBits = Math.min(15, Math.max(9, 32 - Math.clz32(payload.length + 261)));
  const options = { finishFlush: flush, level: 1, memLevel: 8, windowBits, chunkSize };
  const wire = deflateRawSync(payload, options);
  const length = wire.length - tail.length;
  const start = length < 126 ? 2 : 4;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = first;
  frame[1] = Math.min(length, 126);
  if (start === 4) frame.writeUInt16BE(length, 2);
  wire.copy(frame, start, 0, length);
  return frame;
}

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.once('data', () => {
    socket.write(handshake);
    socket.on('data', (frame) => socket.write(deflatedFrame(frame[0], inflated(frame))));
  });
}).listen(0, '127.0.0.1', () => announce(server.address().port));
