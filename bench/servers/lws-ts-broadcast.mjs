/** Broadcast by lws-ts as its README has it: encoded once, sent in everybody's `writeable`. `--deflate`: compressed. */
import { prepare } from '@lws-ts/ws';
import { createContext, permessageDeflate, protocol } from 'lws-ts';
import { announce } from './announce.mjs';

const news = protocol({
  name: 'news',
  vhostData: () => ({ latest: prepare('nothing yet') }),
  ws: {
    message(wsi, data) {
      wsi.vhostData.latest = prepare(data);
      wsi.requestWriteableAll();
    },
    writeable(wsi, tx) {
      tx.prepared(wsi.vhostData.latest);
    },
  },
});

const context = await createContext({
  extensions: process.argv.includes('--deflate') ? [permessageDeflate({ threshold: 0 })] : [],
  interface: '127.0.0.1',
  port: 0,
  protocols: [news.with({ default: true })],
});
announce(context.vhosts[0].port);
