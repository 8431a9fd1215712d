import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync } from 'node:zlib';
import { protocol } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { permessageDeflate } from '@lws-ts/ws-framing';
import { expect, test, vi } from 'vitest';
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

/** A frame whose first octet is `first`, masked with zeros. */
function extended(first: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const head = Uint8Array.of(first, 0x80 | 126, length >> 8, length & 0xff, 0, 0, 0, 0);
  return Buffer.concat([head, payload]);
}
