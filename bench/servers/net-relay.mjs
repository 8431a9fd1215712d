/** The least that `node:net` can hold while it passes bytes on: two pipes. Its argument is the port that it relays to. */
import { connect, createServer } from 'node:net';
import { announce } from './announce.mjs';

const port = Number(process.argv[2]);
const server = createServer((socket) => {
  const other = connect(port, '127.0.0.1');
  for (const [one, rest] of [
    [socket, other],
    [other, socket],
  ])
    one.on('error', () => rest.destroy()).pipe(rest);
}).listen(0, '127.0.0.1', () => announce(server.address().port));
