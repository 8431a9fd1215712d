/** lws-ts: one proxy mount, as anybody would write it. */
import { createContext } from 'lws-ts';
import { announce } from './announce.mjs';
import { upstreamPort } from './proxy-upstream-of.mjs';

const context = await createContext({
  vhosts: [
    {
      port: 0,
      interface: '127.0.0.1',
      maxRequestsPerConnection: 2_147_483_647,
      maxHttpBodySize: 2 ** 40,
      mounts: [{ mountpoint: '/', origin: `http://127.0.0.1:${upstreamPort()}/` }],
    },
  ],
});
announce(context.vhosts[0].port);
