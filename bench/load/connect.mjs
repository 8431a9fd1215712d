/** Connections that come, shake hands, close by RFC 6455 and go, `--connections` of them at a time. */
import { connect } from 'node:net';
import { checkHead, fail, maskedFrame, requestHead, serveHarness } from './client.mjs';
import { settings } from './settings.mjs';

const given = settings();
const request = requestHead(given.port, false);
const closeFrame = maskedFrame(0x88, Buffer.from([0x03, 0xe8]));
const closeAnswer = Buffer.from([0x88, 2, 0x03, 0xe8]);

/** One connection from SYN to its end; `done` is called when the server has closed it. */
function visit(done) {
  const socket = connect({ host: '127.0.0.1', port: given.port, noDelay: true });
  let seen = Buffer.alloc(0);
  let shaken = false;
  socket.on('connect', () => socket.write(request));
  socket.on('data', (chunk) => {
    seen = Buffer.concat([seen, chunk]);
    const end = seen.indexOf('\r\n\r\n');
    if (shaken || end < 0) return;
    shaken = true;
    checkHead(seen.toString('latin1', 0, end), false);
    seen = seen.subarray(end + 4);
    socket.write(closeFrame);
  });
  socket.on('error', fail);
  socket.on('close', () => {
    if (!seen.equals(closeAnswer)) fail(new Error('the close frame was not answered'));
    done();
  });
}

await serveHarness(given, (count) => {
  let toOpen = count;
  let toClose = count;
  return new Promise((resolve) => {
    function next() {
      if (toOpen === 0) return;
      toOpen -= 1;
      visit(() => {
        toClose -= 1;
        if (toClose === 0) resolve();
        else next();
      });
    }
    for (let at = 0; at < given.connections; at++) next();
  });
});
