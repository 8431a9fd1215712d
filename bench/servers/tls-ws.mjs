/** Echo by `ws` on `node:https`: native masking by bufferutil, no set of clients to keep. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { mask } from 'bufferutil';
import { WebSocketServer } from 'ws';
import { announce } from './announce.mjs';
import { pair } from './tls-pair.mjs';

if (!String(mask).includes('[native code]') || process.env.WS_NO_BUFFER_UTIL)
  throw new Error('ws would run without the native bufferutil');

const server = createServer({
  cert: readFileSync(pair.sslCertFilepath),
  key: readFileSync(pair.sslPrivateKeyFilepath),
});
const sockets = new WebSocketServer({
  server,
  perMessageDeflate: false,
  clientTracking: false,
  maxPayload: 1024 * 1024,
});
sockets.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
server.listen(0, '127.0.0.1', () => announce(server.address().port));
