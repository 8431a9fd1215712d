/** Bytes that a server sends back as they are: `--inflight` messages of `--size` bytes on each connection, no framing. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { fail, serveHarness } from './client.mjs';
import { settings } from './settings.mjs';

const { port, connections, inflight, size, verify, ...counts } = settings();
const message = Buffer.from(Array.from({ length: size }, (_, at) => (at * 7 + 1) & 255));
const many = Buffer.concat(Array(inflight).fill(message));

let toSend = 0;
let toReceive = 0;
let finished = () => {};

async function open() {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('closed by the server')));
  /** Bytes of the message that comes back. */
  let begun = 0;
  socket.on('data', (chunk) => {
    if (verify)
      for (let at = 0; at < chunk.length; at++)
        if (chunk[at] !== message[(begun + at) % size]) fail(new Error('an echo differs'));
    const bytes = begun + chunk.length;
    const back = Math.floor(bytes / size);
    begun = bytes % size;
    toReceive -= back;
    if (toReceive === 0) finished();
    // as many at once as came at once: so the pipeline stays as full as it is
    const next = Math.min(back, toSend);
    toSend -= next;
    if (next > 0) socket.write(many.subarray(0, size * next));
  });
  return socket;
}

const sockets = [];
for (let at = 0; at < connections; at++) sockets.push(await open());

function exchange(count) {
  toSend = toReceive = count;
  return new Promise((resolve) => {
    finished = resolve;
    for (const socket of sockets) {
      const first = Math.min(inflight, toSend);
      toSend -= first;
      if (first > 0) socket.write(many.subarray(0, size * first));
    }
  });
}

await serveHarness(counts, exchange);
