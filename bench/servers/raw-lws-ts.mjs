/** Raw echo by lws-ts as anybody would write it: what came is kept, and sent when the peer can take it. */
import { createContext, protocol } from 'lws-ts';
import { announce } from './announce.mjs';

const echo = protocol({
  name: 'echo',
  session: () => ({ data: undefined }),
  raw: {
    // one slot is enough: the next bytes come only after `writeable`
    rx(wsi, data) {
      wsi.session.data = data;
      wsi.requestWriteable();
    },
    writeable(wsi, tx) {
      const { data } = wsi.session;
      if (data === undefined) return;
      wsi.session.data = undefined;
      tx.write(data);
    },
  },
});

const context = await createContext({
  interface: '127.0.0.1',
  port: 0,
  onlyRaw: true,
  fastRead: process.argv.includes('--fast-read'),
  protocols: [echo],
});
announce(context.vhosts[0].port);
