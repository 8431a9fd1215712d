/**
 * What a script of the benchmark `cgi` does, over a socket: after a line `down N` it writes N MiB as fast as they are
 * taken, after `up N` it reads N MiB, and pauses behind each; then it says `ok`.
 */
import { createServer } from 'node:net';
import { announce } from './announce.mjs';

const mib = 2 ** 20;
const pauseMs = 5;
const block = Buffer.alloc(65_536);

const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.once('data', (first) => {
    const line = first.subarray(0, first.indexOf('\n')).toString();
    const [way, count] = line.split(' ');
    if (way === 'down') write(socket, Number(count) * mib);
    else read(socket, Number(count) * mib, first.subarray(line.length + 1));
  });
}).listen(0, '127.0.0.1', () => announce(server.address().port));

function write(socket, bytes) {
  let left = bytes;
  const more = () => {
    while (left > 0) {
      left -= block.length;
      if (!socket.write(block)) return;
    }
    socket.off('drain', more).end();
  };
  socket.on('drain', more);
  more();
}

function read(socket, bytes, first) {
  let left = bytes - first.length;
  let run = mib - first.length;
  socket.on('data', (chunk) => {
    left -= chunk.length;
    run -= chunk.length;
    if (left === 0) socket.end('ok');
    else if (run <= 0) {
      run += mib;
      socket.pause();
      setTimeout(() => socket.resume(), pauseMs);
    }
  });
}
