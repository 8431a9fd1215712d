import { type Protocol, protocol } from '@lws-ts/interface';

/** A chunk that came and has not gone back. */
interface Held {
  readonly bytes: Uint8Array;
  readonly first: boolean;
  readonly final: boolean;
  readonly binary: boolean;
}

/**
 * Sends back what it gets, fragment by fragment, however long the message: it holds one chunk at a time, and who
 * does not read is not heard. lws: test-echo
 */
export const echo: Protocol<Record<never, never>> = protocol({
  name: 'echo',
  session: (): { held: Held | undefined } => ({ held: undefined }),
  ws: {
    receive(wsi, chunk) {
      wsi.session.held = {
        bytes: new Uint8Array(chunk),
        first: wsi.isFirstFragment,
        final: wsi.isFinalFragment,
        binary: wsi.isBinary,
      };
      // nothing more is delivered until `writeable` was called
      wsi.requestWriteable();
    },
    writeable(wsi, tx) {
      const { held } = wsi.session;
      if (held === undefined) return;
      wsi.session.held = undefined;
      tx.fragment(held.bytes, held);
    },
  },
});
