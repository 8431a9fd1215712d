/**
 * Not a server to use: the least that `node:net` can spend on an echo, as a floor for the others. Frames
 * are unmasked in the memory they came in and go back by one write for each read. Nothing is checked;
 * whatever a frame says is believed, and every one is taken for a whole message of less than 64 KiB.
 */
import { createServer } from 'node:net';
import { unmask } from 'bufferutil';
import { announce } from './announce.mjs';

const handshake =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'; // to the one key the generator has

class Echo {
  /** Bytes of the header seen so far, the key included, and how many there are. */
  seen = 0;
  needed = 6;
  remaining = 0;
  keyAt = 0;
  key = Buffer.alloc(4);

  /** Turns requests into echoes in place, the shorter over the longer; returns how many bytes they are. */
  turn(bytes) {
    let to = 0;
    for (let at = 0; at < bytes.length; ) {
      if (this.seen < this.needed) {
        const byte = bytes[at++];
        if (this.take(byte)) bytes[to++] = this.seen === 2 ? byte & 0x7f : byte;
        continue;
      }
      const size = Math.min(this.remaining, bytes.length - at);
      this.unmask(bytes, at, size);
      if (to !== at) bytes.copyWithin(to, at, at + size);
      at += size;
      to += size;
      this.remaining -= size;
      if (this.remaining === 0) {
        this.seen = 0;
        this.needed = 6;
      }
    }
    return to;
  }

  /** One byte of a header; true when it stands in the echo too. */
  take(byte) {
    const place = this.seen++;
    if (place === 1) {
      this.remaining = byte & 0x7f;
      if (this.remaining === 126) {
        this.remaining = 0;
        this.needed = 8;
      }
    } else if (place >= this.needed - 4) {
      this.key[place - this.needed + 4] = byte;
      this.keyAt = 0;
      return false;
    } else if (place > 1) this.remaining = this.remaining * 256 + byte;
    return true;
  }

  unmask(bytes, start, size) {
    const { key, keyAt } = this;
    if (size < 48) for (let at = 0; at < size; at++) bytes[start + at] ^= key[(keyAt + at) & 3];
    else {
      const first = keyAt === 0 ? key : rotated(key, keyAt);
      unmask(bytes.subarray(start, start + size), first);
    }
    this.keyAt = (keyAt + size) & 3;
  }
}

function rotated(key, by) {
  return Buffer.from([key[by], key[(by + 1) & 3], key[(by + 2) & 3], key[(by + 3) & 3]]);
}

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.once('data', () => {
    const echo = new Echo();
    socket.write(handshake);
    socket.on('data', (bytes) => {
      const closing = echo.seen === 0 && bytes[0] === 0x88; // a close frame comes alone
      socket.write(bytes.subarray(0, echo.turn(bytes)));
      if (closing) socket.end();
    });
  });
}).listen(0, '127.0.0.1', () => announce(server.address().port));
