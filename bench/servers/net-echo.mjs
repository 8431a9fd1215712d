/** The least that `node:net` can hold while it sends bytes back: a pipe. No frames, no handshake. */
import { createServer } from 'node:net';
import { announce } from './announce.mjs';

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.pipe(socket);
}).listen(0, '127.0.0.1', () => announce(server.address().port));
