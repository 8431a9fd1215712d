/** A compressed message that a peer begins and does not end: it takes an engine of zlib, of which there are few. */
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, deflateRaw, deflateRawSync } from 'node:zlib';
import { protocol } from '@lws-ts/interface';
import { clientFrame, settle } from '@lws-ts/test-kit';
import { afterEach, describe, expect, test } from 'vitest';
import { permessageDeflate, setDeflateLimits } from '../src/index.ts';
import { type Server, serve } from './server.ts';
import { frame, WsClient } from './ws-client.ts';

/** More than is inflated at once, so that an engine has to be lent. */
const data = randomBytes(40_000);
const deflated = deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH });
/** RSV1 and binary. */
const compressed = 0x42;
const begun = clientFrame(compressed, deflated, { fin: false });
const whole = clientFrame(compressed, deflated.subarray(0, -4));
const ping = frame(9);

afterEach(() => setDeflateLimits({}));

async function connect(): Promise<{
  server: Server;
  open: () => Promise<WsClient>;
  got: number[];
}> {
  const got: number[] = [];
  const counting = protocol({
    name: 'counting',
    ws: { message: (_wsi, { length }) => void got.push(length) },
  });
  const server = await serve(counting.with({ default: true }), {
    extensions: [permessageDeflate()],
    stalledSecs: 2,
  });
  const fields = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
  return { server, open: () => WsClient.open(server.vhost, fields), got };
}

/** Until zlib, on threads of its own, has done what it was given: as long as it takes for twenty times as much. */
async function inflated(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await promisify(deflateRaw)(data);
    await settle();
  }
}

describe('a long compressed message without its end', () => {
  test('is closed with 1008 after stalledSecs, and whoever waits for the engine has it', async () => {
    setDeflateLimits({ engines: 1 });
    const { server, open, got } = await connect();
    const idle = await open();
    await idle.send(begun);
    await inflated();
    const other = await open();
    await other.send(whole);
    await inflated();
    expect(got).toEqual([]);
    await server.clock.advance(1500);
    expect(idle.take()).toEqual([]);
    await server.clock.advance(1000);
    await inflated();
    expect(await idle.settled()).toEqual(['close 1008']);
    expect([...server.vhost.counters.refused]).toEqual([['LWS_ERR_WS_STALLED', 1]]);
    expect(server.lines.filter((line) => line.includes('LWS_ERR_WS_STALLED'))).toHaveLength(1);
    expect(got).toEqual([data.length]);
    expect(await other.settled()).toEqual([]);
  });

  test('pings do not put it off', async () => {
    const { server, open } = await connect();
    const idle = await open();
    await idle.send(begun);
    await inflated();
    await server.clock.advance(1500);
    await idle.send(ping);
    await server.clock.advance(1000);
    expect(await idle.settled()).toEqual(['pong ""', 'close 1008']);
  });

  test('nor does one in the same segment', async () => {
    const { server, open } = await connect();
    const idle = await open();
    await idle.send(begun, ping);
    await inflated();
    expect(await idle.settled()).toEqual(['pong ""']);
    await server.clock.advance(2500);
    expect(await idle.settled()).toEqual(['close 1008']);
  });

  test('a little now and then puts it off, but not while another waits', async () => {
    setDeflateLimits({ engines: 1 });
    const { server, open, got } = await connect();
    const slow = await open();
    await slow.send(begun);
    await inflated();
    const drip = async (): Promise<void> => {
      await server.clock.advance(1200);
      await slow.send(clientFrame(0, Uint8Array.of(0, 0, 0, 0xff, 0xff), { fin: false }));
      await inflated();
    };
    for (let each = 0; each < 10; each++) await drip();
    expect(await slow.settled()).toEqual([]);
    const other = await open();
    await other.send(whole);
    for (let each = 0; each < 4 && got.length === 0; each++) await drip();
    expect(await slow.settled()).toEqual(['close 1008']);
    expect(server.lines.filter((line) => line.includes('LWS_ERR_WS_STALLED'))).toHaveLength(1);
    expect([got, await other.settled()]).toEqual([[data.length], []]);
  });

  test('16 KiB in each stalledSecs are enough, whoever waits', async () => {
    setDeflateLimits({ engines: 1 });
    const { server, open, got } = await connect();
    const steady = await open();
    await steady.send(begun);
    await inflated();
    const other = await open();
    await other.send(whole);
    for (let each = 0; each < 5; each++) {
      await server.clock.advance(1500);
      await steady.send(clientFrame(0, deflated, { fin: false }));
      await inflated();
    }
    expect([got, await steady.settled()]).toEqual([[], []]);
    await steady.send(clientFrame(0, Uint8Array.of(0)));
    for (let each = 0; each < 50 && got.length < 2; each++) await inflated();
    expect(got).toEqual([data.length * 6, data.length]);
  });

  test('more of it does, and with its end it is over', async () => {
    const { server, open, got } = await connect();
    const slow = await open();
    await slow.send(begun);
    for (let each = 0; each < 3; each++) {
      await inflated();
      await server.clock.advance(1500);
      await slow.send(clientFrame(0, deflated, { fin: false }));
    }
    await inflated();
    await slow.send(clientFrame(0, Uint8Array.of(0)));
    await inflated();
    expect(got).toEqual([data.length * 4]);
    await server.clock.advance(60_000);
    expect(slow.take()).toEqual([]);
  });
});

test('a short one may wait for its end as long as it likes: it takes no engine', async () => {
  const { server, open } = await connect();
  const idle = await open();
  await idle.send(clientFrame(compressed, deflated.subarray(0, 1000), { fin: false }));
  await server.clock.advance(60_000);
  expect(await idle.settled()).toEqual([]);
});

test('a peer that ends behind a long message is heard to its end first', async () => {
  const { server, open, got } = await connect();
  const hasty = await open();
  hasty.peer.push(whole);
  await hasty.peer.end();
  await inflated();
  expect(got).toEqual([data.length]);
  expect(server.context.counters.wsi_alive).toBe(0);
  expect([...server.vhost.counters.refused]).toEqual([]);
});
