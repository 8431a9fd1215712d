/** http-proxy-middleware over `node:http`, with an agent that keeps its connections, and the fields that say who asked. */
import { Agent, createServer } from 'node:http';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { announce } from './announce.mjs';
import { upstreamPort } from './proxy-upstream-of.mjs';

const proxy = createProxyMiddleware({
  target: `http://127.0.0.1:${upstreamPort()}`,
  agent: new Agent({ keepAlive: true, noDelay: true }),
  xfwd: true,
});
const server = createServer({ noDelay: true }, (request, response) => {
  void proxy(request, response, () => response.destroy());
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', 1024, () => announce(server.address().port));
