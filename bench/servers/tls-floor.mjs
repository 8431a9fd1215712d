/**
 * The least that Node.js takes for a connection over TLS that is upgraded and closed: `node:tls`, an answer made of the
 * key, and the close frame back. No HTTP is read and no rule of RFC 6455 is kept; it does not echo.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';
import { announce } from './announce.mjs';
import { pair } from './tls-pair.mjs';

const server = createServer({
  cert: readFileSync(pair.sslCertFilepath),
  key: readFileSync(pair.sslPrivateKeyFilepath),
});
server.on('secureConnection', (socket) => {
  let upgraded = false;
  socket.on('data', (bytes) => {
    if (upgraded) {
      socket.end(Buffer.from([0x88, 2, 0x03, 0xe8]));
      return;
    }
    upgraded = true;
    const key = /Sec-WebSocket-Key: (\S+)/i.exec(bytes.latin1Slice())[1];
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`,
      'latin1',
    );
  });
});
server.listen(0, '127.0.0.1', () => announce(server.address().port));
