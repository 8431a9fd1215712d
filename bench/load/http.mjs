/**
 * Asks for `--path` over `--connections` connections with `--inflight` requests under way on each, and takes
 * answers of `--size` bytes. `--fields`, up to 10, are added to each request. Status and length of each are checked, with `--verify` every byte.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { contentOf, hello } from '../servers/http-files.mjs';
import { fail, serveHarness } from './client.mjs';
import { settings } from './settings.mjs';

const given = settings();
const { port, connections, inflight, path, size, fields, verify } = given;
const browser = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-GB,en;q=0.9,de;q=0.8',
  'Cache-Control: max-age=0',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: same-origin',
  'Referer: http://localhost/index.html',
  'Cookie: session=0123456789abcdef0123456789abcdef; theme=dark',
];
const lines = [`GET ${path} HTTP/1.1`, `Host: localhost:${port}`, ...browser.slice(0, fields)];
const request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
const requests = Buffer.concat(Array.from({ length: inflight }, () => request));
const expected = path === '/hello' ? Buffer.from(hello) : contentOf(size);
if (expected.length !== size) throw new Error(`${path} has ${expected.length} bytes`);
const mostHead = 8192;
const emptyLine = Buffer.from('\r\n\r\n');

let unsent = 0;
let unanswered = 0;
let done = () => {};

class Asker {
  #socket;
  /** Bytes of a head that came in pieces. */
  #headed = Buffer.alloc(0);
  /** Bytes of a body to come. */
  #left = 0;

  constructor(socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the server closed a connection')));
  }

  /** Sends `count` requests in one write, or as many as are to be sent. */
  ask(count) {
    const sent = Math.min(count, unsent);
    if (sent === 0) return;
    unsent -= sent;
    this.#socket.write(sent === inflight ? requests : requests.subarray(0, sent * request.length));
  }

  #take(chunk) {
    let at = 0;
    let whole = 0;
    let bytes = chunk;
    if (this.#headed.length > 0) {
      bytes = Buffer.concat([this.#headed, chunk]);
      this.#headed = Buffer.alloc(0);
    }
    while (at < bytes.length) {
      if (this.#left === 0) {
        const end = bytes.indexOf(emptyLine, at);
        if (end < 0) {
          if (bytes.length - at > mostHead) fail(new Error('a head without an end'));
          this.#headed = Buffer.from(bytes.subarray(at));
          break;
        }
        checkHead(bytes.latin1Slice(at, end));
        at = end + 4;
        this.#left = size;
      }
      const taken = Math.min(this.#left, bytes.length - at);
      if (verify) compare(bytes.subarray(at, at + taken), size - this.#left);
      this.#left -= taken;
      at += taken;
      if (this.#left === 0) whole++;
    }
    unanswered -= whole;
    if (unanswered === 0) done();
    else this.ask(whole);
  }
}

function checkHead(text) {
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
  if (!/^HTTP\/1\.[01] 200 /.test(text) || Number(length) !== size)
    fail(new Error(`not what was asked for: ${text}`));
}

function compare(part, from) {
  if (!part.equals(expected.subarray(from, from + part.length)))
    fail(new Error(`wrong bytes at ${from}`));
}

const askers = [];
for (let at = 0; at < connections; at++) {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  askers.push(new Asker(socket));
}

await serveHarness(given, (count) => {
  unsent = count;
  unanswered = count;
  return new Promise((resolve) => {
    done = () => resolve();
    for (const asker of askers) asker.ask(inflight);
  });
});
