/** The least that `node:net` can spend on bytes that go back: its `data` events and `write`, and no back pressure. */
import { createServer } from 'node:net';
import { announce } from './announce.mjs';

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => socket.write(bytes));
}).listen(0, '127.0.0.1', () => announce(server.address().port));
