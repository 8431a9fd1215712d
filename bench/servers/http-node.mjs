/** node:http, with sirv in production mode for files. */
import { createServer } from 'node:http';
import sirv from 'sirv';
import { announce } from './announce.mjs';
import { hello, rootOf } from './http-files.mjs';

const files = sirv(rootOf(), { dev: false, etag: true });
const server = createServer((request, response) => {
  if (request.url !== '/hello') return files(request, response);
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': hello.length });
  response.end(hello);
});
server.listen(0, '127.0.0.1', 1024, () => announce(server.address().port));
