/** Closing in filterProtocolConnection refuses: nothing is left open without a deadline. */
import { type Held, protocol } from '@lws-ts/interface';
import { connectRawPeer, settle } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { serve } from './server.ts';
import { handshake } from './ws-client.ts';

test('close() and true: the connection ends', async () => {
  const closing = protocol({
    name: 'closing',
    ws: {
      filterProtocolConnection(wsi) {
        wsi.close();
        return true;
      },
    },
  });
  const { vhost, clock, context } = await serve(closing.with({ default: true }));
  const { peer } = await connectRawPeer(vhost);
  await peer.send(handshake());
  await clock.advance(60_000);
  expect(peer.text).not.toContain(' 101 ');
  expect(peer.isClosed || peer.ended).toBe(true);
  expect(context.counters.wsi_alive).toBe(0);
});

test('hold() and close(), bytes of the peer, then FIN: the connection ends', async () => {
  let held: Held | undefined;
  const holding = protocol({
    name: 'holding',
    ws: {
      filterProtocolConnection(wsi) {
        held = wsi.hold();
        wsi.close();
        return true;
      },
    },
  });
  const { vhost, clock, context } = await serve(holding.with({ default: true }));
  const { peer } = await connectRawPeer(vhost);
  await peer.send(handshake());
  expect(held?.accept()).toBe(false);
  await peer.send('abc');
  await peer.end();
  await settle();
  await clock.advance(60_000);
  expect(context.counters.wsi_alive).toBe(0);
});
