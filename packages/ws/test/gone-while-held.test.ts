/** Who left while held keeps neither a connection nor a header table until the hold's deadline. */
import { type Held, protocol } from '@lws-ts/interface';
import { connectRawPeer, settle } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { serve } from './server.ts';
import { handshake } from './ws-client.ts';

test('FIN while held ends the connection: no WebSocket client sends half', async () => {
  let held: Held | undefined;
  const holding = protocol({
    name: 'holding',
    ws: {
      filterProtocolConnection(wsi) {
        held = wsi.hold();
        return true;
      },
    },
  });
  const { vhost, clock, context } = await serve(holding.with({ default: true }), {
    holdTimeoutSecs: 10,
  });
  const { peer } = await connectRawPeer(vhost);
  await peer.send(handshake());
  await peer.end();
  await settle();
  await clock.advance(2000);
  expect(context.counters.wsi_alive).toBe(0);
  expect(held?.accept()).toBe(false);
});
