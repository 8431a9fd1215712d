/**
 * Not a server to use: the least that `node:net` can spend on an answer, as a floor for the others. Answers stand
 * ready in memory, head and body in one piece; a request is what ends with an empty line and its path chooses the
 * answer, nothing else of it is read. What one read brings is answered by one write, and a write that has to wait
 * for its peer just waits.
 */
import { createServer } from 'node:net';
import { announce } from './announce.mjs';
import { contentOf, hello } from './http-files.mjs';

const answers = new Map([
  ['/hello', answerOf(Buffer.from(hello))],
  ['/1k.txt', answerOf(contentOf(1024))],
  ['/64k.txt', answerOf(contentOf(65_536))],
]);

function answerOf(body) {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

const server = createServer({ noDelay: true }, (socket) => {
  let rest = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => {
    const requests = (rest + bytes.latin1Slice()).split('\r\n\r\n');
    rest = requests.pop();
    const out = requests.map((request) => answers.get(request.slice(4, request.indexOf(' ', 4))));
    if (out.length === 1) socket.write(out[0]);
    else if (out.length > 1) socket.write(Buffer.concat(out));
  });
}).listen(0, '127.0.0.1', () => announce(server.address().port));
