/**
 * Echoes of compressed messages, one in flight on each connection. What goes out was deflated before; of what comes
 * back the header is checked, and with `--verify` each message is inflated and compared.
 */
import {
  deflated,
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
/** FIN, RSV1, and text or binary. */
const first = given.text ? 0xc1 : 0xc2;
const requests = payloads.map((payload) => maskedFrame(first, deflated(payload)));

const sockets = await openWebSockets(given.port, given.connections, true);
let toSend = 0;
let toReceive = 0;
let finished = () => {};

const peers = sockets.map((socket, at) => {
  const frames = new ServerFrames();
  const peer = { sent: at };
  peer.send = () => {
    if (toSend === 0) return;
    toSend -= 1;
    peer.sent += 1;
    socket.write(requests[peer.sent & 7]);
  };
  function take(begins, payload) {
    if (begins !== first) fail(new Error(`a frame begins with ${begins}, not ${first}`));
    if (given.verify && !inflated(payload).equals(payloads[peer.sent & 7]))
      fail(new Error('an echo differs'));
    toReceive -= 1;
    peer.send();
    if (toReceive === 0) finished();
  }
  socket.on('data', (chunk) => frames.push(chunk, take));
  socket.on('close', () => fail(new Error('closed by the server')));
  return peer;
});

await serveHarness(given, (count) => {
  toSend = toReceive = count;
  return new Promise((resolve) => {
    finished = resolve;
    for (const peer of peers) peer.send();
  });
});
