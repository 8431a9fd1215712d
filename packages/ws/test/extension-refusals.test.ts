/** What a handler does when it is asked for an extension ends as it would in any other, before there is a 101. */
import { protocol, type WsWsi } from '@lws-ts/interface';
import { connectRawPeer, settle } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { permessageDeflate } from '../src/index.ts';
import { serve } from './server.ts';
import { handshake } from './ws-client.ts';

const offering = handshake({ 'Sec-WebSocket-Extensions': 'permessage-deflate' });
const promised = (async () => true) as unknown as () => boolean;

test.each([
  ['throws', ' 500 ', 'LWS_ERR_HANDLER_THREW', fail],
  ['returns a promise', ' 500 ', 'LWS_ERR_HANDLER_ASYNC', promised],
  ['closes', ' 503 ', '', (wsi: WsWsi<unknown, unknown>) => wsi.close()],
  ['closes with a code', ' 503 ', '', (wsi: WsWsi<unknown, unknown>) => wsi.close(4000)],
  ['aborts', '', '', (wsi: WsWsi<unknown, unknown>) => wsi.abort()],
])('confirmExtensionOkay %s', async (_name, status, line, confirmExtensionOkay) => {
  const told: string[] = [];
  const asked = protocol({
    name: 'asked',
    ws: {
      confirmExtensionOkay: (wsi) => confirmExtensionOkay(wsi) ?? true,
      established: () => void told.push('established'),
      closed: () => void told.push('closed'),
    },
  });
  const extensions = [permessageDeflate()];
  const { vhost, context, clock, lines } = await serve(asked.with({ default: true }), {
    extensions,
  });
  const { peer } = await connectRawPeer(vhost);
  await peer.send(offering);
  expect(peer.text).toContain(status);
  expect(peer.text).not.toContain(' 101 ');
  expect(lines.join()).toContain(line);
  await clock.advance(3000);
  await settle();
  expect(peer.isClosed || peer.ended).toBe(true);
  expect(context.counters.wsi_alive).toBe(0);
  expect(told).toEqual([]);
});

function fail(): never {
  throw new Error('fails');
}
