/**
 * Broadcasts: the first connection sends, all of them receive; the next one goes when the last has been received by
 * all. Deliveries are what is counted, in whole broadcasts. With `--verify` every delivery is compared.
 */
import {
  fail,
  inflated,
  jsonLike,
  maskedFrame,
  openWebSockets,
  ServerFrames,
  serveHarness,
} from './client.mjs';
import { settings } from './settings.mjs';

const given = settings();
const payloads = Array.from({ length: 8 }, (_, seed) => jsonLike(given.size, seed));
const requests = payloads.map((payload) => maskedFrame(0x82, payload));
const expected = given.deflate ? 0xc2 : 0x82;

const sockets = await openWebSockets(given.port, given.connections, given.deflate);
let turn = 0;
let missing = 0;
let left = 0;
let finished = () => {};

function next() {
  if (left === 0) return finished();
  left -= 1;
  turn += 1;
  missing = sockets.length;
  sockets[0].write(requests[turn & 7]);
}

function take(first, payload) {
  if (first !== expected) fail(new Error(`a frame begins with ${first}, not ${expected}`));
  if (given.verify) {
    const plain = given.deflate ? inflated(payload) : payload;
    if (!plain.equals(payloads[turn & 7])) fail(new Error('a delivery differs'));
  }
  missing -= 1;
  if (missing === 0) next();
  else if (missing < 0) fail(new Error('more deliveries than receivers'));
}

for (const socket of sockets) {
  const frames = new ServerFrames();
  socket.on('data', (chunk) => frames.push(chunk, take));
  socket.on('close', () => fail(new Error('closed by the server')));
}

await serveHarness(given, (count) => {
  const broadcasts = Math.max(1, Math.round(count / sockets.length));
  left = broadcasts;
  return new Promise((resolve) => {
    finished = () => resolve(broadcasts * sockets.length);
    next();
  });
});
