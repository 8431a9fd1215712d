/** Broadcast by `ws` as its README has it: a loop of `send` over the clients. `--deflate`: compressed. */
import { mask } from 'bufferutil';
import { WebSocket, WebSocketServer } from 'ws';
import { announce } from './announce.mjs';
import { wsDeflate } from './ws-deflate.mjs';

if (!String(mask).includes('[native code]') || process.env.WS_NO_BUFFER_UTIL)
  throw new Error('ws would run without the native bufferutil');

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: 0,
  perMessageDeflate: wsDeflate(),
  maxPayload: 1024 * 1024,
});
server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => {
    for (const client of server.clients)
      if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
  });
});
server.on('listening', () => announce(server.address().port));
