import { findProgram } from './foreign.mjs';

/** Who can be measured. A further one is a file beside this that calls `announce`, and a line here. */
const ws = { file: 'ws.mjs', packages: ['ws', 'bufferutil'] };
const lwsTs = { file: 'lws-ts.mjs', packages: ['lws-ts'] };
const lwsTsFast = { file: 'lws-ts-fast.mjs', packages: ['lws-ts'] };
const lwsTsLean = { file: 'lws-ts-lean.mjs', packages: ['@lws-ts/ws'] };

const netFloor = { file: 'net-floor.mjs', packages: ['bufferutil'] };

export const echoServers = {
  ws,
  'net-floor': netFloor,
  'lws-ts': lwsTs,
  'lws-ts-fast': lwsTsFast,
  'lws-ts-lean': lwsTsLean,
};

/** Those that agree on permessage-deflate with `--deflate`. */
const complete = {
  ws,
  'lws-ts': lwsTs,
  'lws-ts-fast': lwsTsFast,
  'lws-ts-lean': lwsTsLean,
};

export const deflateServers = {
  ...complete,
  'zlib-floor': { file: 'zlib-floor.mjs', packages: ['bufferutil'] },
};

/** `net-floor` cannot compress: it has no place in the scenario `deflate`. */
export const memoryServers = { ...complete, 'net-floor': netFloor };

export const broadcastServers = {
  ws: { ...ws, file: 'ws-broadcast.mjs' },
  'lws-ts': { ...lwsTs, file: 'lws-ts-broadcast.mjs' },
  'net-floor': {
    ...netFloor,
    file: 'broadcast-floor.mjs',
    unable: ({ deflate }) => (deflate ? 'it does not compress' : undefined),
  },
};

export const tlsServers = {
  ws: { ...ws, file: 'tls-ws.mjs' },
  'lws-ts': { ...lwsTs, file: 'tls-lws-ts.mjs' },
  'tls-floor': {
    file: 'tls-floor.mjs',
    packages: [],
    unable: ({ inflight }) => (inflight > 0 ? 'it does not echo' : undefined),
  },
};

export const rawServers = {
  net: { file: 'raw-net.mjs', packages: [] },
  'lws-ts': { ...lwsTs, file: 'raw-lws-ts.mjs' },
  'lws-ts-fast': { ...lwsTs, file: 'raw-lws-ts-fast.mjs' },
};

export const streamServers = {
  net: { file: 'net-echo.mjs', packages: [] },
  'lws-ts': { ...lwsTs, file: 'lws-ts-stream.mjs' },
};

export const cgiServers = {
  relay: { file: 'net-relay.mjs', packages: [] },
  'lws-ts': { ...lwsTs, file: 'cgi-lws-ts.mjs' },
};

/** `unable({ path, inflight })` says why a server cannot do something, if it cannot. */
export const httpServers = {
  'lws-ts': { file: 'http-lws-ts.mjs', packages: ['@lws-ts/http', '@lws-ts/http-mounts'] },
  node: { file: 'http-node.mjs', packages: ['sirv'] },
  'lws-ts-fast': {
    file: 'http-lws-ts-fast.mjs',
    packages: ['@lws-ts/http', '@lws-ts/http-mounts'],
  },
  fastify: { file: 'http-fastify.mjs', packages: ['fastify', '@fastify/static'] },
  'net-floor': {
    file: 'http-floor.mjs',
    packages: [],
    unable: ({ path }) => (path === '/10m.txt' ? 'it has no such answer' : undefined),
  },
  nginx: { file: 'http-nginx.mjs', packages: [], unable: () => missing('nginx') },
  lws: {
    file: 'http-lws.mjs',
    packages: [],
    unable({ path, inflight }) {
      if (path === '/hello') return 'its test server has no such answer';
      if (inflight > 1) return 'it answers 403 to a second request in flight';
      if (process.getuid?.() !== 0) return 'only root can give its test server the files';
      return missing('libwebsockets-test-server') ?? missing('unshare');
    },
  },
};

/** `unable()` says why a proxy cannot be measured, if it cannot. */
export const proxyServers = {
  'lws-ts': { file: 'proxy-lws-ts.mjs', packages: ['lws-ts'] },
  httpxy: { file: 'proxy-httpxy.mjs', packages: ['httpxy'] },
  'http-proxy-middleware': { file: 'proxy-middleware.mjs', packages: ['http-proxy-middleware'] },
  haproxy: { file: 'proxy-haproxy.mjs', packages: [], unable: () => missing('haproxy') },
  nginx: { file: 'proxy-nginx.mjs', packages: [], unable: () => missing('nginx') },
  relay: { file: 'net-relay.mjs', packages: [] },
};

export const proxyStreamServers = {
  relay: proxyServers.relay,
  'lws-ts': proxyServers['lws-ts'],
  'lws-ts-lean': {
    file: 'proxy-lws-ts-lean.mjs',
    packages: ['@lws-ts/core', '@lws-ts/http', '@lws-ts/http-mounts'],
  },
};

function missing(name) {
  return findProgram(name) === undefined ? `no ${name} on this machine` : undefined;
}
