/** lws-ts: a responder for the small answer, a file mount for the files. `--fast-read`: sockets read into one buffer. */
import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { httpMounts } from '@lws-ts/http-mounts';
import { DiskFops, vfs } from '@lws-ts/vfs';
import { announce } from './announce.mjs';
import { hello, rootOf } from './http-files.mjs';

const answer = { kind: 'answer', writeable() {}, done() {} };
const fields = [['content-type', 'text/plain']];
const responder = {
  name: 'hello',
  respond(exchange) {
    if (exchange.request.path !== '/hello') return undefined;
    exchange.reply(200, fields, hello);
    return answer;
  },
};

const context = await createContext({
  use: [
    http(),
    {
      name: 'hello',
      needs: ['@lws-ts/http'],
      contextOptions: {},
      vhostOptions: {},
      install: () => ({ responders: [responder] }),
    },
    httpMounts(),
    vfs(),
  ],
  fops: new DiskFops(),
  fastRead: process.argv.includes('--fast-read'),
  vhosts: [
    {
      port: 0,
      interface: '127.0.0.1',
      maxHttpHeaderPool: 2000,
      maxRequestsPerConnection: 2_147_483_647,
      mounts: [{ mountpoint: '/', origin: `file://${rootOf()}` }],
    },
  ],
});
announce(context.vhosts[0].port);
