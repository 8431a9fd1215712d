/**
 * Not a server to use: the least that `node:net` can spend on a broadcast, as a floor for the others. What a client
 * sends after its handshake is taken for one frame of 126 to 65,535 bytes, unmasked and written to everybody as it
 * is. It does not compress, and it knows no slow peer.
 */
import { createServer } from 'node:net';
import { unmask } from 'bufferutil';
import { announce } from './announce.mjs';

const handshake =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'; // to the one key the generator has
const everybody = new Set();

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('close', () => everybody.delete(socket));
  socket.once('data', () => {
    socket.write(handshake);
    everybody.add(socket);
    socket.on('data', (bytes) => {
      const payload = bytes.subarray(8);
      unmask(payload, bytes.subarray(4, 8));
      const frame = Buffer.concat([
        Buffer.from([bytes[0], bytes[1] & 0x7f, bytes[2], bytes[3]]),
        payload,
      ]);
      for (const receiver of everybody) receiver.write(frame);
    });
  });
}).listen(0, '127.0.0.1', () => announce(server.address().port));
