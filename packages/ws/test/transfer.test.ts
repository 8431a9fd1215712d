/** `tx.binary` with `transfer`: whose memory a message is in, and what the peer gets of it. */
import { type LwsError, protocol, type RoleHost } from '@lws-ts/interface';
import { readServerFrames, settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { FrameOutput } from '../src/frame-output.ts';
import { permessageDeflate } from '../src/index.ts';
import { serve } from './server.ts';
import { binary, frame, join, text, WsClient } from './ws-client.ts';

const given = { transfer: true };
const bytes = (length: number, seed = 7): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * seed + (at >> 8)) & 0xff);

/** An echo that gives what it got, and the arrays it gave. */
async function openEcho(capacity: number, options: object = {}, fields = {}) {
  const gave: Uint8Array[] = [];
  const waiting: Uint8Array[] = [];
  const echo = protocol({
    name: 'echo',
    ws: {
      message(wsi, data) {
        waiting.push(data as Uint8Array);
        wsi.requestWriteable();
      },
      writeable(_wsi, tx) {
        for (const data of waiting.splice(0)) {
          tx.binary(data, given);
          gave.push(data);
        }
      },
    },
  });
  const { vhost, lines } = await serve(echo.with({ default: true }), options);
  const client = await WsClient.open(vhost, fields, { capacity });
  const writes: Uint8Array[] = [];
  const write = client.server.write.bind(client.server);
  client.server.write = (each) => {
    if (each.length >= 16_384) writes.push(each);
    return write(each);
  };
  return { client, gave, writes, lines };
}

/** Sends a program's own arrays. */
async function sends(of: () => readonly Uint8Array[], options: object = {}, fields = {}) {
  const messages = of();
  const sender = protocol({
    name: 'sender',
    ws: {
      message: (wsi) => wsi.requestWriteable(),
      writeable(_wsi, tx) {
        for (const data of messages) tx.binary(data, given);
      },
    },
  });
  const { vhost } = await serve(sender.with({ default: true }), { txBudget: 1 << 20, ...options });
  const client = await WsClient.open(vhost, fields, { capacity: 1 << 23 });
  await client.send(text('go'));
  const { frames } = readServerFrames(client.peer.take());
  return { frames, lengths: messages.map(({ length }) => length) };
}

/** Two pages of it, 128 KiB, that nobody may take away. */
function wasmMemory(): ArrayBuffer {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { Memory: new (size: { initial: number }) => { buffer: ArrayBuffer } };
  };
  return new WebAssembly.Memory({ initial: 2 }).buffer;
}

const payloads = (client: WsClient): Buffer[] =>
  readServerFrames(client.peer.take()).frames.map(({ payload }) => Buffer.from(payload));

describe('a message that was received', () => {
  test.each([
    ['in one read', 70_000, 1 << 20, 'is gone'],
    ['in pieces', 300_000, 1 << 20, 'has the next message'],
    ['in pieces, for a peer that takes some at a time', 300_000, 40_000, 'has the next message'],
  ])('%s goes out in the memory that it lies in', async (_how, size, capacity, then) => {
    const { client, gave, writes } = await openEcho(capacity);
    const data = bytes(size);
    const whole = binary(data);
    const cut = then === 'is gone' ? whole.length : whole.length >> 1;
    await client.send(whole.subarray(0, cut));
    if (cut < whole.length) await client.send(whole.subarray(cut));
    expect(gave.map(({ length }) => length)).toEqual([0]);
    const heard: Uint8Array[] = [];
    for (let round = 0; round < 20; round++) {
      heard.push(client.peer.take());
      await settle();
    }
    const { frames } = readServerFrames(join(...heard));
    expect(Buffer.compare(Buffer.from(frames[0]?.payload ?? []), data)).toBe(0);
    // header and payload in one
    const [memory] = writes as [Uint8Array];
    expect([writes.length, memory.length]).toEqual([1, then === 'is gone' ? 0 : size + 10]);
    if (then === 'is gone') return;
    const next = binary(bytes(size, 3));
    await client.send(next.subarray(0, cut));
    await client.send(next.subarray(cut));
    expect(memory.length).toBe(0);
    expect(writes[1]?.subarray(10, 1000)).toEqual(bytes(size, 3).subarray(0, 990));
  });

  test('two of one read: the memory of both is not for one of them to give', async () => {
    const { client, gave } = await openEcho(1 << 20);
    const both = [bytes(70_000), bytes(70_000, 3)] as const;
    await client.send(join(binary(both[0]), binary(both[1])));
    const heard = payloads(client);
    expect(heard.map((one, at) => Buffer.compare(one, both[at] as Uint8Array))).toEqual([0, 0]);
    expect(gave.map(({ length }) => length)).toEqual([70_000, 70_000]);
  });

  test('a short one is copied', async () => {
    const { client, gave } = await openEcho(1 << 20);
    await client.send(binary(bytes(16_383)));
    expect([payloads(client)[0]?.length, gave[0]?.length]).toEqual([16_383, 16_383]);
  });

  test('one of more than may be kept passes through the output', async () => {
    const { client, gave } = await openEcho(1 << 20, { maxOutputBytes: 100_000 });
    await client.send(binary(bytes(200_000)));
    expect([payloads(client)[0]?.length, gave[0]?.length]).toEqual([200_000, 200_000]);
  });

  test('one that an extension encodes stays', async () => {
    const { client, gave } = await openEcho(
      1 << 20,
      { extensions: [permessageDeflate()] },
      { 'Sec-WebSocket-Extensions': 'permessage-deflate' },
    );
    await client.send(frame(2, bytes(50_000)));
    expect([client.peer.take().length > 0, gave[0]?.length]).toEqual([true, 50_000]);
  });
});

describe('an array of the program', () => {
  test('that is all of its memory is taken', async () => {
    const { frames, lengths } = await sends(() => [bytes(70_000)]);
    expect(Buffer.compare(Buffer.from(frames[0]?.payload ?? []), bytes(70_000))).toBe(0);
    expect(lengths).toEqual([0]);
  });

  test.each<[string, () => Uint8Array]>([
    ['has more behind it', () => new Uint8Array(70_001).subarray(0, 70_000)],
    ['has more than a header before it', () => new Uint8Array(70_015).subarray(15)],
    ['is shared with threads', () => new Uint8Array(new SharedArrayBuffer(70_000))],
    ['is memory of WebAssembly', () => new Uint8Array(wasmMemory())],
  ])('that %s is copied', async (_what, make) => {
    const { frames, lengths } = await sends(() => [make()]);
    expect(frames.map(({ payload }) => payload.length)).toEqual(lengths);
    expect(lengths[0]).toBeGreaterThanOrEqual(70_000);
  });

  test('with room for a header before it leaves in one piece', async () => {
    const memory = new Uint8Array(70_010);
    memory.set(bytes(70_000), 10);
    const { frames, lengths } = await sends(() => [memory.subarray(10), bytes(80_000, 3)]);
    const expected = [bytes(70_000), bytes(80_000, 3)];
    expect(lengths).toEqual([0, 0]);
    expect(
      frames.map(({ payload }, at) => Buffer.compare(payload, expected[at] as Uint8Array)),
    ).toEqual([0, 0]);
  });
});

test('what was given away cannot be sent again, and what is empty can', async () => {
  const codes: string[] = [];
  const twice = protocol({
    name: 'twice',
    ws: {
      message(wsi) {
        wsi.requestWriteable();
      },
      writeable(_wsi, tx) {
        const data = bytes(70_000);
        tx.binary(new Uint8Array(0), given);
        tx.binary(data, given);
        try {
          tx.binary(data);
        } catch (error) {
          codes.push(`${(error as LwsError).code}: ${(error as LwsError).message}`);
        }
      },
    },
  });
  const { vhost } = await serve(twice.with({ default: true }), { txBudget: 1 << 20 });
  const client = await WsClient.open(vhost, {}, { capacity: 1 << 20 });
  await client.send(text('go'));
  expect(payloads(client).map(({ length }) => length)).toEqual([0, 70_000]);
  expect(codes).toEqual([expect.stringMatching(/^LWS_ERR_WS_DATA: .*transferred/)]);
});

test.each([0, 14])('a client masks it where it lies, %i bytes into its memory', (before) => {
  const wire: Buffer[] = [];
  let room = new Uint8Array(0);
  let told: (() => void) | undefined;
  const host = {
    reservedAt: 0,
    reserve(length: number) {
      room = new Uint8Array(length);
      return room;
    },
    commit: (length: number) => void wire.push(Buffer.from(room.subarray(0, length))),
    writeOwned(each: Uint8Array, sent: () => void) {
      wire.push(Buffer.from(each));
      told = sent;
    },
  } as unknown as RoleHost;
  const memory = new Uint8Array(before + 70_000);
  memory.set(bytes(70_000), before);
  new FrameOutput(host, true, 1 << 20).given(2, true, memory.subarray(before));
  const all = Buffer.concat(wire);
  const key = all.subarray(10, 14);
  const payload = all.subarray(14).map((byte, at) => byte ^ (key[at & 3] as number));
  expect([all[0], all[1], memory.length]).toEqual([0x82, 0xff, 0]);
  expect(Buffer.compare(payload, bytes(70_000))).toBe(0);
  expect(wire.length).toBe(before === 0 ? 2 : 1);
  expect(told).toBeDefined();
});
