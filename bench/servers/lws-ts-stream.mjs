/** A stream through lws-ts: one chunk is held at a time, and the peer is not heard until it can go back. */
import { createContext, protocol } from 'lws-ts';
import { announce } from './announce.mjs';

const stream = protocol({
  name: 'stream',
  rxBufferSize: 64 * 1024,
  session: () => ({ buffer: new Uint8Array(64 * 1024), held: undefined }),
  ws: {
    receive(wsi, chunk) {
      const { buffer } = wsi.session;
      buffer.set(chunk); // the chunk is valid during the call
      wsi.session.held = {
        bytes: buffer.subarray(0, chunk.length),
        first: wsi.isFirstFragment,
        final: wsi.isFinalFragment,
        binary: wsi.isBinary,
      };
      wsi.requestWriteable(); // nothing more is delivered until `writeable` was called
    },
    writeable(wsi, tx) {
      const { held } = wsi.session;
      if (held === undefined) return;
      wsi.session.held = undefined;
      tx.fragment(held.bytes, held);
    },
  },
});

const context = await createContext({
  interface: '127.0.0.1',
  port: 0,
  protocols: [stream.with({ default: true })],
});
announce(context.vhosts[0].port);
