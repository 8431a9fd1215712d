/** lws-ts: a mount of an archive. */
import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { httpMounts } from '@lws-ts/http-mounts';
import { vfs } from '@lws-ts/vfs';

const context = await createContext({
  use: [http(), httpMounts(), vfs()],
  vhosts: [
    {
      port: 0,
      interface: '127.0.0.1',
      maxRequestsPerConnection: 2_147_483_647,
      mounts: [{ mountpoint: '/ziptest', origin: `file://${process.argv[2]}` }],
    },
  ],
});
console.log(String(context.vhosts[0].port));
