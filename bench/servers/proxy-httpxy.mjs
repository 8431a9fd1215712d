/** httpxy over `node:http`, with an agent that keeps its connections, and the fields that say who asked. */
import { Agent, createServer } from 'node:http';
import { createProxyServer } from 'httpxy';
import { announce } from './announce.mjs';
import { upstreamPort } from './proxy-upstream-of.mjs';

const agent = new Agent({ keepAlive: true, noDelay: true });
const proxy = createProxyServer({ agent, xfwd: true });
const target = `http://127.0.0.1:${upstreamPort()}`;
const server = createServer({ noDelay: true }, (request, response) => {
  proxy.web(request, response, { target }).catch(() => response.destroy());
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', 1024, () => announce(server.address().port));
