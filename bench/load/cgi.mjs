/**
 * `--messages` MiB of a script, `--path` down or up, over HTTP or, with `--raw`, over a relay. Down they are read slowly:
 * there is a pause behind each MiB. Up they are sent as fast as they are taken.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { fail, serveHarness } from './client.mjs';
import { settings } from './settings.mjs';

const mib = 2 ** 20;
const pauseMs = 5;
const block = Buffer.alloc(65_536);
const given = settings();

const socket = connect({ host: '127.0.0.1', port: given.port }).on('error', fail);
await once(socket, 'connect');

await serveHarness(given, async (count) => {
  const bytes = count * mib;
  const { path, raw } = given;
  const length = path === 'up' ? `Content-Length: ${bytes}\r\n` : '';
  const method = path === 'up' ? 'POST' : 'GET';
  socket.write(
    raw
      ? `${path} ${count}\n`
      : `${method} /${path}?${count} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${length}\r\n`,
  );
  const heard = path === 'up' ? hear() : hearSlowly();
  if (path === 'up') await send(bytes);
  const { total, tail } = await heard;
  if (path === 'up' ? !/ok\n?(?:\r\n0\r\n\r\n)?$/.test(tail) : total < bytes)
    fail(new Error(`${total} bytes came, with ${JSON.stringify(tail)} at the end`));
  if (!raw && !tail.endsWith('\r\n0\r\n\r\n')) fail(new Error('the answer is not whole'));
});

async function send(bytes) {
  for (let left = bytes; left > 0; left -= block.length)
    if (!socket.write(block)) await once(socket, 'drain');
}

async function hear() {
  let total = 0;
  let tail = '';
  for await (const chunk of socket) {
    total += chunk.length;
    tail = (tail + chunk.subarray(-16).toString('latin1')).slice(-16);
  }
  return { total, tail };
}

function hearSlowly() {
  let total = 0;
  let run = mib;
  let tail = '';
  return new Promise((resolve) => {
    socket.on('data', (chunk) => {
      total += chunk.length;
      run -= chunk.length;
      tail = (tail + chunk.subarray(-16).toString('latin1')).slice(-16);
      if (run > 0) return;
      run += mib;
      socket.pause();
      setTimeout(() => socket.resume(), pauseMs);
    });
    socket.on('end', () => resolve({ total, tail }));
  });
}
