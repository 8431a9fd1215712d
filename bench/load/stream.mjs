/**
 * One message of `--messages` fragments of 64 KiB through an echo, as fast as both ends take it; every byte that comes
 * back is compared. With `--raw` the same payload goes without handshake and frames.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { fail, jsonLike, maskedFrame, openWebSocket, serveHarness } from './client.mjs';
import { settings } from './settings.mjs';

const fragment = 64 * 1024;
const given = settings();
const block = jsonLike(fragment, 0);
const twice = Buffer.concat([block, block]);
const first = given.raw ? block : maskedFrame(0x02, block);
const middle = given.raw ? block : maskedFrame(0x00, block);
const last = given.raw ? block : maskedFrame(0x80, block);

const socket = given.raw
  ? connect({ host: '127.0.0.1', port: given.port, noDelay: true }).on('error', fail)
  : await openWebSocket(given.port, false);
if (given.raw) await once(socket, 'connect');

let got = 0;
let wanted = 0;
let finished = () => {};

/** Payload has come: it has to be the block over and over. */
function payload(bytes) {
  const from = got % fragment;
  if (from + bytes.length <= twice.length) {
    if (bytes.compare(twice, from, from + bytes.length) !== 0) fail(new Error('the echo differs'));
    got += bytes.length;
    return;
  }
  payload(bytes.subarray(0, fragment));
  payload(bytes.subarray(fragment));
}

/** Takes frames of any length apart. */
const header = Buffer.alloc(10);
let headerSeen = 0;
let inFrame = 0;
function frames(chunk) {
  for (let at = 0; at < chunk.length; ) {
    if (inFrame > 0) {
      const size = Math.min(inFrame, chunk.length - at);
      payload(chunk.subarray(at, at + size));
      inFrame -= size;
      at += size;
      continue;
    }
    header[headerSeen++] = chunk[at++];
    const small = headerSeen < 2 ? 0 : header[1];
    if (headerSeen < 2 || headerSeen < (small < 126 ? 2 : small === 126 ? 4 : 10)) continue;
    headerSeen = 0;
    inFrame = small < 126 ? small : small === 126 ? header.readUInt16BE(2) : header.readUInt32BE(6);
  }
}

socket.on('data', (chunk) => {
  if (given.raw) payload(chunk);
  else frames(chunk);
  if (got === wanted) finished();
});
socket.on('close', () => fail(new Error('closed by the server')));

await serveHarness(given, (count) => {
  got = 0;
  wanted = count * fragment;
  let sent = 0;
  function send() {
    while (sent < count) {
      sent += 1;
      const bytes = sent === count ? last : sent === 1 ? first : middle;
      if (!socket.write(bytes)) return;
    }
  }
  socket.on('drain', send);
  return new Promise((resolve) => {
    finished = () => {
      socket.off('drain', send);
      resolve();
    };
    send();
  });
});
