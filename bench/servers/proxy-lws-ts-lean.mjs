/** lws-ts without what a proxy does not need: core, http and mounts. */
import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { httpMounts } from '@lws-ts/http-mounts';
import { announce } from './announce.mjs';
import { upstreamPort } from './proxy-upstream-of.mjs';

const context = await createContext({
  use: [http(), httpMounts()],
  vhosts: [
    {
      port: 0,
      interface: '127.0.0.1',
      maxHttpBodySize: 2 ** 40,
      mounts: [{ mountpoint: '/', origin: `http://127.0.0.1:${upstreamPort()}/` }],
    },
  ],
});
announce(context.vhosts[0].port);
