/** Echo by `ws` at its fastest: native masking by bufferutil, no set of clients to keep. `--deflate`: compressed. */
import { mask } from 'bufferutil';
import { WebSocketServer } from 'ws';
import { announce } from './announce.mjs';
import { wsDeflate } from './ws-deflate.mjs';

if (!String(mask).includes('[native code]') || process.env.WS_NO_BUFFER_UTIL)
  throw new Error('ws would run without the native bufferutil');

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: 0,
  perMessageDeflate: wsDeflate(),
  clientTracking: false,
  maxPayload: 1024 * 1024,
});
server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
server.on('listening', () => announce(server.address().port));
