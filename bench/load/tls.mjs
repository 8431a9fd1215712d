/**
 * WebSockets over TLS 1.3 with one cipher for all servers. With `--inflight` echoes of `--size` bytes, that many in
 * flight on each connection; without it connections that come by a full handshake, upgrade, close and go.
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
const closeFrame = maskedFrame(0x88, Buffer.from([0x03, 0xe8]));
const closeAnswer = Buffer.from([0x88, 2, 0x03, 0xe8]);
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
  if (socket.isSessionReused()) throw new Error('a handshake was not a full one');
  socket.on('error', fail);
  socket.write(request);
  const [head] = await once(socket, 'data');
  checkHead(head.toString('latin1'), false);
  if (!head.subarray(-4).equals(Buffer.from('\r\n\r\n'))) throw new Error('more than a head came');
  return socket;
}

async function visit() {
  const socket = await open();
  const parts = [];
  socket.on('data', (chunk) => parts.push(chunk));
  socket.write(closeFrame);
  await once(socket, 'close');
  if (!Buffer.concat(parts).equals(closeAnswer))
    throw new Error('the close frame was not answered');
}

async function visits(count) {
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await visit();
    }
  };
  await Promise.all(Array.from({ length: given.connections }, worker));
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

await serveHarness(given, given.inflight > 0 ? await echoes() : visits);
