/**
 * Opens `--connections`, says `ready`, and keeps them without a byte until the end of stdin. With `--deflate` they
 * agree on permessage-deflate, and one compressed message of 512 B is echoed on each before.
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
const payload = jsonLike(512, 0);
const request = maskedFrame(0xc2, deflated(payload));

function useOnce(socket) {
  const frames = new ServerFrames();
  return new Promise((resolve) => {
    socket.on('data', (chunk) =>
      frames.push(chunk, (first, bytes) => {
        if (first !== 0xc2 || !inflated(bytes).equals(payload)) fail(new Error('an echo differs'));
        resolve();
      }),
    );
    socket.write(request);
  });
}

const each = given.deflate ? useOnce : async (socket) => void socket.resume();
const sockets = await openWebSockets(given.port, given.connections, given.deflate, each);
for (const socket of sockets) socket.on('close', () => fail(new Error('closed by the server')));
await serveHarness(given, async () => 0);
