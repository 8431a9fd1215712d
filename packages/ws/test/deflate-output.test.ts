/** Long messages that are deflated a piece a turn: what waits of them is output too. */
import { randomBytes } from 'node:crypto';
import { protocol, type WsWsi } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { permessageDeflate } from '../src/index.ts';
import { serve } from './server.ts';
import { WsClient } from './ws-client.ts';

const fields = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };

/** A server that says `bytes` of what does not get smaller to a peer, once the peer is there and `say` is called. */
async function saying(bytes: number, capacity: number, txBufSize = 16, options: object = {}) {
  const message = randomBytes(bytes);
  const wsis: WsWsi<unknown, unknown>[] = [];
  const closed: number[] = [];
  const saying = protocol({
    name: 'saying',
    session: () => ({ said: false }),
    ws: {
      established: (wsi) => void wsis.push(wsi),
      writeable(wsi, tx) {
        if (!wsi.session.said) tx.binary(message);
        wsi.session.said = true;
      },
      closed: (_wsi, code) => void closed.push(code),
    },
  });
  const server = await serve(saying.with({ default: true }), {
    extensions: [permessageDeflate({ txBufSize })],
    ...options,
  });
  const client = await WsClient.open(server.vhost, fields, { capacity });
  const wsi = wsis[0] as WsWsi<unknown, unknown>;
  return { server, client, wsi, closed, say: () => wsi.requestWriteable() };
}

test.each([
  [3_000_000, {}],
  [500_000, { maxOutputBytes: 400_000 }],
])(
  'over maxOutputBytes, to a peer that does not read: %i of %j, cut, one count, one line',
  async (bytes, options) => {
    const { server, client, wsi, closed, say } = await saying(bytes, 1000, 16, options);
    await client.peer.read(false);
    say();
    await settle();
    expect([...server.vhost.counters.refused]).toEqual([['LWS_ERR_WS_OUTPUT', 1]]);
    expect(server.lines.filter((line) => line.includes('LWS_ERR_WS_OUTPUT'))).toHaveLength(1);
    expect([closed, wsi.open, wsi.bufferedAmount]).toEqual([[1006], false, 0]);
  },
);

test('under it, what waits counts in bufferedAmount, and comes when the peer reads', async () => {
  const { server, client, wsi, say } = await saying(500_000, 1000);
  await client.peer.read(false);
  say();
  await settle();
  expect(wsi.bufferedAmount).toBeGreaterThan(490_000);
  await client.peer.read(true);
  await client.settled();
  expect([wsi.bufferedAmount, wsi.open, [...server.vhost.counters.refused]]).toEqual([0, true, []]);
});

// frames up to 16 KiB are collected first, longer ones are not
test.each([16, 12])(
  'a peer that takes all at once gets one of any length, in frames of 2^%i',
  async (txBufSize) => {
    const { server, client, wsi, say } = await saying(3_000_000, 10_000_000, txBufSize);
    say();
    const got = (await client.settled()).length;
    expect(got).toBeGreaterThan(3_000_000 / 65_536);
    expect([wsi.bufferedAmount, wsi.open, [...server.vhost.counters.refused]]).toEqual([
      0,
      true,
      [],
    ]);
  },
);
