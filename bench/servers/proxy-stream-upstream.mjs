/** What stands behind a proxy that is measured with long bodies: gives `/BYTES`, takes what is put, says how much it was. */
import { createServer } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { announce } from './announce.mjs';
import { contentOf } from './http-files.mjs';

const block = contentOf(65_536);

function* blocks(total) {
  for (let left = total; left > 0; left -= block.length)
    yield left < block.length ? block.subarray(0, left) : block;
}

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    const total = Number(request.url.slice(1));
    response.writeHead(200, { 'content-length': total });
    pipeline(Readable.from(blocks(total), { objectMode: false }), response, () => {});
    return;
  }
  let came = 0;
  request.on('data', (bytes) => {
    came += bytes.length;
  });
  request.on('end', () => response.end(String(came)));
});
server.listen(0, '127.0.0.1', () => announce(server.address().port));
