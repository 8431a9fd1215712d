/** Echo as the README of ws has it: what came is kept, and sent when the peer can take it. */
import { protocol } from '@lws-ts/interface';

/** What is sent back nobody needs any more. */
const given = { transfer: true };

export const wsEcho = protocol({
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
      else tx.binary(data, given);
    },
  },
});
