/** Echo as `lws-ts.mjs`, by a program that installs what it needs alone: core, http and ws. `--deflate`: compressed. */
import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol } from '@lws-ts/interface';
import { permessageDeflate, ws } from '@lws-ts/ws';
import { announce } from './announce.mjs';

const echo = protocol({
  name: 'echo',
  session: () => ({ data: undefined }),
  ws: {
    message(wsi, data) {
      wsi.session.data = data;
      wsi.requestWriteable();
    },
    writeable(wsi, tx) {
      const { data } = wsi.session;
      if (data === undefined) return;
      wsi.session.data = undefined;
      if (typeof data === 'string') tx.text(data);
      else tx.binary(data);
    },
  },
});

const context = await createContext({
  use: [http(), ws()],
  extensions: process.argv.includes('--deflate') ? [permessageDeflate({ threshold: 0 })] : [],
  interface: '127.0.0.1',
  port: 0,
  protocols: [echo.with({ default: true })],
});
announce(context.vhosts[0].port);
