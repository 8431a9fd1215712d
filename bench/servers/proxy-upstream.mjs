/** What all proxies have behind them: one answer for each head, over `node:net`, so that it is never the slow one. */
import { createServer } from 'node:net';
import { announce } from './announce.mjs';
import { hello } from './http-files.mjs';

const emptyLine = Buffer.from('\r\n\r\n');
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${hello.length}\r\n` +
    `Date: Tue, 15 Nov 1994 08:12:31 GMT\r\nServer: upstream\r\n\r\n${hello}`,
);

const server = createServer({ noDelay: true }, (socket) => {
  let rest = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (let end = bytes.indexOf(emptyLine); end >= 0; end = bytes.indexOf(emptyLine, at)) {
      at = end + emptyLine.length;
      socket.write(answer);
    }
    rest = at === bytes.length ? Buffer.alloc(0) : bytes.subarray(at);
  });
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => announce(server.address().port));
