/** No proxy: bytes to and fro by `node:net`, one connection to the upstream for each of a peer. The least there is. */
import { connect, createServer } from 'node:net';
import { announce } from './announce.mjs';
import { upstreamPort } from './proxy-upstream-of.mjs';

const port = upstreamPort();
const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
  const upstream = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
  for (const [from, to] of [
    [socket, upstream],
    [upstream, socket],
  ]) {
    from.on('data', (chunk) => {
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
  }
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => announce(server.address().port));
