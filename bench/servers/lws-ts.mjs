/** Echo by lws-ts. `--deflate`: compressed. */
import { createContext, permessageDeflate } from 'lws-ts';
import { announce } from './announce.mjs';
import { wsEcho } from './ws-echo.mjs';

const context = await createContext({
  extensions: process.argv.includes('--deflate') ? [permessageDeflate({ threshold: 0 })] : [],
  fastRead: process.argv.includes('--fast-read'),
  interface: '127.0.0.1',
  port: 0,
  protocols: [wsEcho.with({ default: true })],
});
announce(context.vhosts[0].port);
