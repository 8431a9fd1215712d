import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync } from 'node:zlib';
import { protocol } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { permessageDeflate } from '@lws-ts/ws-framing';
import { describe, expect, test, vi } from 'vitest';
import { serve } from './server.ts';
import { frame, text, WsClient } from './ws-client.ts';

const sink = protocol({ name: 'sink', ws: { message() {} } }).with({ default: true });

test('a message that is put together counts for maxInputBytesTotal until it is whole', async () => {
  const server = await serve(sink);
  const client = await WsClient.open(server.vhost);
  const { memory } = server.context;
  await client.send(frame(1, 'x'.repeat(5000), false));
  expect(server.context.memory.input - memory.input).toBeGreaterThanOrEqual(5000);
  await client.send(frame(0, 'y'));
  expect(server.context.memory.input).toBe(0);
  await client.send(text('whole in one piece'));
  expect(server.context.memory.input).toBe(0);
});

test('one whose connection ends counts no more', async () => {
  const server = await serve(sink);
  const client = await WsClient.open(server.vhost);
  await client.send(frame(1, 'x'.repeat(5000), false));
  await client.peer.reset();
  expect(server.context.memory.input).toBe(0);
});

test('of a message that an extension decodes what came out counts until it is whole', async () => {
  const got: number[] = [];
  const counting = protocol({
    name: 'counting',
    ws: { message: (_wsi, data) => void got.push(data.length) },
  });
  const server = await serve(counting.with({ default: true }), {
    extensions: [permessageDeflate()],
  });
  const client = await WsClient.open(server.vhost, {
    'Sec-WebSocket-Extensions': 'permessage-deflate',
  });
  const deflated = deflateRawSync(randomBytes(60_000), { finishFlush: constants.Z_SYNC_FLUSH });
  const payload = deflated.subarray(0, -4);
  await client.send(extended(0x42, payload.subarray(0, 50_000)));
  await vi.waitFor(() => expect(server.context.memory.input).toBeGreaterThan(30_000));
  await client.send(extended(0x80, payload.subarray(50_000)));
  await vi.waitFor(() => expect(got).toEqual([60_000]));
  await settle();
  expect(server.context.memory.input).toBe(0);
});

describe('what an extension keeps of a message as it came', () => {
  const offer = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };

  test('counts until the message is whole, and no more when the connection ends', async () => {
    const server = await serve(sink, { extensions: [permessageDeflate()] });
    const client = await WsClient.open(server.vhost, offer);
    const payload = deflateRawSync(randomBytes(300), { finishFlush: constants.Z_SYNC_FLUSH });
    // 12,000 octets of empty blocks: nothing comes out of them
    const empty = Buffer.concat(Array(2400).fill(Buffer.from('000000ffff', 'hex')));
    await client.send(extended(0x42, empty));
    expect(server.context.memory.input).toBeGreaterThanOrEqual(12_000);
    expect(server.context.memory.input).toBeLessThan(12_100);
    await client.send(extended(0x80, payload.subarray(0, -4)));
    expect(server.context.memory.input).toBe(0);
    await client.send(extended(0x42, empty));
    await client.peer.reset();
    expect(server.context.memory.input).toBe(0);
  });

  test('over maxInputBytesTotal whoever began first is cut', async () => {
    const server = await serve(sink, {
      extensions: [permessageDeflate()],
      maxInputBytesTotal: 25_000,
    });
    const half = Buffer.alloc(10_000, 1);
    const clients = [];
    for (let at = 0; at < 3; at++) {
      const client = await WsClient.open(server.vhost, offer);
      await client.send(extended(0x42, half));
      clients.push(client);
    }
    expect(clients.map(({ peer }) => peer.isClosed)).toEqual([true, false, false]);
    expect([...server.vhost.counters.refused]).toEqual([['LWS_ERR_INPUT_TOTAL', 1]]);
    expect(server.context.memory.input).toBeLessThan(25_000);
  });
});

/** A frame whose first octet is `first`, masked with zeros. */
function extended(first: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const head = Uint8Array.of(first, 0x80 | 126, length >> 8, length & 0xff, 0, 0, 0, 0);
  return Buffer.concat([head, payload]);
}
