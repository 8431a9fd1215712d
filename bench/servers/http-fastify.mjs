/** fastify, with @fastify/static for files. */
import serveStatic from '@fastify/static';
import fastify from 'fastify';
import { announce } from './announce.mjs';
import { hello, rootOf } from './http-files.mjs';

const app = fastify();
app.get('/hello', (_request, reply) => {
  reply.header('content-type', 'text/plain').send(hello);
});
app.register(serveStatic, { root: rootOf() });
await app.listen({ port: 0, host: '127.0.0.1', backlog: 1024 });
announce(app.server.address().port);
