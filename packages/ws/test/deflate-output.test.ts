/** Long messages that are deflated a piece a turn: what waits of them is output too. */
import { randomBytes } from 'node:crypto';
import { protocol, type WsWsi } from '@lws-ts/interface';
import { clientClose, settle } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { permessageDeflate } from '../src/index.ts';
import { serve } from './server.ts';
import { frame, WsClient } from './ws-client.ts';

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

test('close behind a long one waits for a peer that reads slowly, as long as each closeSendSecs takes it on', async () => {
  const { server, client, wsi, closed, say } = await saying(3_000_000, 100_000, 16, {
    maxOutputBytes: 10_000_000,
  });
  say();
  await client.peer.read(false);
  await settle();
  wsi.close(1000, 'done');
  for (let each = 0; each < 4; each++) {
    const waits = wsi.bufferedAmount;
    await client.peer.read(true);
    await client.peer.read(false);
    expect(wsi.bufferedAmount).toBeLessThan(waits);
    await server.clock.advance(1900);
  }
  expect([closed, client.peer.isClosed]).toEqual([[], false]);
  await client.peer.read(true);
  expect((await client.settled()).at(-1)).toBe('close 1000 "done"');
});

test.each([
  [
    "the peer's close frame is answered, without the rest",
    clientClose(1000),
    'close 1001 "gone"',
    1000,
  ],
  ['a fault of the peer is told', frame(3), 'close 1002', 1006],
])('close behind a long one: %s', async (_name, bytes, last, code) => {
  const { client, wsi, closed, say } = await saying(3_000_000, 1000, 16, {
    maxOutputBytes: 10_000_000,
  });
  await client.peer.read(false);
  say();
  await settle();
  wsi.close(1001, 'gone');
  await client.send(bytes);
  await client.peer.read(true);
  const got = await client.settled();
  expect(got.length).toBeLessThan(10);
  expect(got.at(-1)).toBe(last);
  await client.peer.end();
  expect(closed).toEqual([code]);
});
