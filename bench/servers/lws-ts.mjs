/** Echo by lws-ts as its README has it: what came is kept, and sent when the peer can take it. `--deflate`: compressed. */
import { createContext, permessageDeflate, protocol } from 'lws-ts';
import { announce } from './announce.mjs';

const echo = protocol({
  name: 'echo',
  session: () => ({ data: undefined }),
  ws: {
    // one slot is enough: the next message comes only after `writeable`
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
  extensions: process.argv.includes('--deflate') ? [permessageDeflate({ threshold: 0 })] : [],
  fastRead: process.argv.includes('--fast-read'),
  interface: '127.0.0.1',
  port: 0,
  protocols: [echo.with({ default: true })],
});
announce(context.vhosts[0].port);
