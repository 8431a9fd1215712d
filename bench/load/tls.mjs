/**
 * WebSockets over TLS 1.3 with one cipher for all servers: echoes of `--size` bytes, `--inflight` of them under way on
 * each connection.
 */
import { once } from 'node:events';
import { connect } from 'node:tls';
import {
  checkHead,
  fail,
  maskedFrame,
  requestHead,
  ServerFrames,
  serveHarness,
} from './client.mjs';
import { settings } from './settings.mjs';

const given = settings();
const request = requestHead(given.port, false);
const options = {
  host: '127.0.0.1',
  port: given.port,
  servername: 'localhost',
  ciphers: 'TLS_AES_128_GCM_SHA256',
  minVersion: 'TLSv1.3',
  // what is measured is the server
  rejectUnauthorized: false,
};

/** Upgraded; the server has sent nothing but its head. */
async function open() {
  const socket = connect(options);
  socket.setNoDelay(true);
  await once(socket, 'secureConnect');
  socket.on('error', fail);
  socket.write(request);
  const [head] = await once(socket, 'data');
  checkHead(head.toString('latin1'), false);
  if (!head.subarray(-4).equals(Buffer.from('\r\n\r\n'))) throw new Error('more than a head came');
  return socket;
}

async function echoes() {
  const { size, inflight, connections } = given;
  const payload = Buffer.from(Array.from({ length: size }, (_, at) => (at * 7) & 255));
  const frame = maskedFrame(0x82, payload);
  const many = Buffer.concat(Array(inflight).fill(frame));
  let toSend = 0;
  let toReceive = 0;
  let finished = () => {};
  const sockets = [];
  for (let at = 0; at < connections; at++) {
    const socket = await open();
    const frames = new ServerFrames();
    let back = 0;
    const take = (first, body) => {
      if (first !== 0x82 || body.length !== size) fail(new Error('an echo differs'));
      if (given.verify && !body.equals(payload)) fail(new Error('an echo differs'));
      back += 1;
      toReceive -= 1;
      if (toReceive === 0) finished();
    };
    socket.on('data', (chunk) => {
      back = 0;
      frames.push(chunk, take);
      // as many at once as came at once: so the pipeline stays as full as it is
      const next = Math.min(back, toSend);
      toSend -= next;
      if (next > 0) socket.write(next === inflight ? many : many.subarray(0, frame.length * next));
    });
    socket.on('close', () => fail(new Error('closed by the server')));
    sockets.push(socket);
  }
  return (count) => {
    toSend = toReceive = count;
    return new Promise((resolve) => {
      finished = resolve;
      for (const socket of sockets) {
        const first = Math.min(inflight, toSend);
        toSend -= first;
        if (first > 0) socket.write(many.subarray(0, frame.length * first));
      }
    });
  };
}

await serveHarness(given, await echoes());
