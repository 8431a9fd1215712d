/** Echo as `lws-ts.mjs`, by a program that installs what it needs alone: core, http and ws. `--deflate`: compressed. */
import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { permessageDeflate, ws } from '@lws-ts/ws';
import { announce } from './announce.mjs';
import { wsEcho } from './ws-echo.mjs';

const context = await createContext({
  use: [http(), ws()],
  extensions: process.argv.includes('--deflate') ? [permessageDeflate({ threshold: 0 })] : [],
  interface: '127.0.0.1',
  port: 0,
  protocols: [wsEcho.with({ default: true })],
});
announce(context.vhosts[0].port);
