import { protocol } from '@lws-ts/interface';
import { describe, expect, test, vi } from 'vitest';
import type { WsOptions } from '../src/index.ts';
import { MessageBuffer } from '../src/message-buffer.ts';
import { serve } from './server.ts';
import { binary, frame, join, text, WsClient } from './ws-client.ts';

/** Says each chunk: `first? final? type "data" remaining`. */
async function receive(
  rxBufferSize: number | undefined,
  pieces: readonly Uint8Array[],
  options: WsOptions = {},
): Promise<string[]> {
  const got: string[] = [];
  const chunks = protocol({
    name: 'chunks',
    ...(rxBufferSize === undefined ? {} : { rxBufferSize }),
    ws: {
      receive(wsi, chunk) {
        const data =
          chunk.length > 64
            ? `of ${chunk.length}`
            : JSON.stringify(Buffer.from(chunk).toString('latin1'));
        const first = wsi.isFirstFragment ? 'first ' : '';
        const final = wsi.isFinalFragment ? 'final ' : '';
        const type = wsi.isBinary ? 'binary' : 'text';
        got.push(`${first}${final}${type} ${data} ${wsi.remainingPacketPayload}`);
        expect(Object.getPrototypeOf(chunk)).toBe(Uint8Array.prototype);
      },
    },
  });
  const { vhost } = await serve(chunks.with({ default: true }), options);
  const client = await WsClient.open(vhost);
  for (const piece of pieces) await client.send(piece);
  return got;
}

/** Whole messages: strings as they are, binary as an array of bytes. */
async function messages(pieces: readonly Uint8Array[]): Promise<(string | number[])[]> {
  const got: (string | number[])[] = [];
  const whole = protocol({
    name: 'whole',
    ws: {
      message(wsi, data) {
        got.push(typeof data === 'string' ? data : [...data]);
        expect(wsi.isBinary).toBe(typeof data !== 'string');
        expect(Buffer.isBuffer(data)).toBe(false);
      },
    },
  });
  const { vhost } = await serve(whole.with({ default: true }));
  const client = await WsClient.open(vhost);
  for (const piece of pieces) client.peer.push(piece);
  await client.settled();
  return got;
}

function inPieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
  return pieces;
}

/** A server that keeps the binary messages of one client. */
async function keeping() {
  const kept: Uint8Array[] = [];
  const keep = protocol({
    name: 'keep',
    ws: { message: (_wsi, data) => void kept.push(data as Uint8Array) },
  });
  const { vhost } = await serve(keep.with({ default: true }));
  return { kept, client: await WsClient.open(vhost) };
}

describe('ws.receive', () => {
  test.each<[string, number | undefined, Uint8Array[], string[]]>([
    ['one frame', undefined, [text('hello')], ['first final text "hello" 0']],
    [
      'frame over rxBufferSize',
      4,
      [text('abcdefghij')],
      ['first text "abcd" 6', 'text "efgh" 2', 'final text "ij" 0'],
    ],
    ['frame of exactly rxBufferSize', 4, [text('abcd')], ['first final text "abcd" 0']],
    [
      'fragments',
      4,
      [text('ab', false), frame(0, 'cdefg', false), frame(0, 'h')],
      ['first text "ab" 0', 'text "cdef" 1', 'text "g" 0', 'final text "h" 0'],
    ],
    [
      'binary',
      2,
      [binary(Uint8Array.of(65, 66, 67))],
      ['first binary "AB" 1', 'final binary "C" 0'],
    ],
    ['empty message', 4, [text('')], ['first final text "" 0']],
    [
      'empty first frame',
      4,
      [text('', false), frame(0, 'a')],
      ['first text "" 0', 'final text "a" 0'],
    ],
    [
      'empty final frame',
      4,
      [text('a', false), frame(0, '')],
      ['first text "a" 0', 'final text "" 0'],
    ],
    [
      'empty frame in the middle',
      4,
      [text('a', false), frame(0, '', false), frame(0, 'b')],
      ['first text "a" 0', 'final text "b" 0'],
    ],
    [
      'ping in the middle',
      4,
      [binary(Uint8Array.of(65), false), frame(9, 'x'), frame(0, 'b')],
      ['first binary "A" 0', 'final binary "b" 0'],
    ],
    [
      'a frame in two segments',
      8,
      [text('abcdef').slice(0, 9), text('abcdef').slice(9)],
      ['first text "abc" 3', 'final text "def" 0'],
    ],
    [
      'two messages',
      8,
      [join(text('a'), text('b'))],
      ['first final text "a" 0', 'first final text "b" 0'],
    ],
  ])('%s', async (_name, rxBufferSize, pieces, expected) => {
    expect(await receive(rxBufferSize, pieces)).toEqual(expected);
  });

  test('rxBufferSize of the vhost bounds chunks where the protocol says nothing: 4096 by default', async () => {
    const big = binary(new Uint8Array(9000));
    expect(await receive(undefined, [big])).toEqual([
      'first binary of 4096 4904',
      'binary of 4096 808',
      'final binary of 808 0',
    ]);
    expect(await receive(undefined, [big], { rxBufferSize: 8192 })).toHaveLength(2);
  });

  test('text that ends inside a character is never given as final', async () => {
    const got = await receive(16, [frame(1, Uint8Array.of(0x61, 0xc3))]);
    expect(got.filter((line) => line.includes('final'))).toEqual([]);
  });
});

describe('ws.message', () => {
  const wire = join(
    text('hello'),
    text('h\u00e9llo \u2603 \u{1f600}'),
    text(''),
    text('a', false),
    frame(9, 'ping'),
    frame(0, '\u00e9', false),
    frame(0, 'c'),
    binary(Uint8Array.of(1, 2, 3)),
    binary(new Uint8Array(0)),
    binary(Uint8Array.of(1), false),
    frame(0, Uint8Array.of(2, 255)),
    text('x'.repeat(300)),
  );
  const expected = [
    'hello',
    'h\u00e9llo \u2603 \u{1f600}',
    '',
    'a\u00e9c',
    [1, 2, 3],
    [],
    [1, 2, 255],
    'x'.repeat(300),
  ];

  test.each([1, 2, 3, 7, 64, 100_000])('in chunks of %i', async (size) => {
    expect(await messages(inPieces(wire, size))).toEqual(expected);
  });

  test('binary data belongs to the program', async () => {
    const { kept, client } = await keeping();
    for (const fill of [1, 2, 3])
      await client.send(
        binary(new Uint8Array(100).fill(fill)),
        binary(new Uint8Array(5000).fill(fill)),
      );
    expect(kept.map((data) => [data.length, new Set(data)])).toEqual(
      [1, 2, 3].flatMap((fill) => [
        [100, new Set([fill])],
        [5000, new Set([fill])],
      ]),
    );
  });

  test('a kept message keeps at most sixteen times its size, or a kibibyte', async () => {
    const { kept, client } = await keeping();
    const sizes = [10, 4096, 5000, 20_000, 4095, 30_000, 1000];
    await client.send(...sizes.map((size) => binary(new Uint8Array(size))));
    expect(kept.map((data) => data.length)).toEqual(sizes);
    for (const { length, buffer } of kept)
      expect(buffer.byteLength).toBeLessThanOrEqual(Math.max(1024, 16 * length));
    expect(kept.some((data) => data.buffer.byteLength > data.length)).toBe(true);
  });

  test('a large message in small segments comes in one piece', async () => {
    const data = new Uint8Array(200_000).map((_, at) => at % 251);
    const got = await messages(inPieces(binary(data), 1460));
    expect(got).toEqual([[...data]]);
  });
});

test('a protocol that has neither takes what comes and answers pings', async () => {
  const { vhost } = await serve(protocol({ name: 'deaf', ws: {} }).with({ default: true }));
  const client = await WsClient.open(vhost);
  await client.send(text('x'), binary(new Uint8Array(2_000_000)), frame(9, 'still here'));
  expect(await client.settled()).toEqual(['pong "still here"']);
});

describe('half a message is let go', () => {
  const half = text('x'.repeat(10_000), false);
  const until = protocol({
    name: 'until',
    ws: {
      established: (wsi) => wsi.setTimerMs(100),
      message: () => undefined,
      timer: (wsi) => wsi.close(1000),
    },
  });

  test.each<[string, Uint8Array, number]>([
    ['when the peer breaks a rule', frame(3), 0],
    ['when the peer closes', frame(8), 0],
    ['when the program closes', frame(9), 110],
  ])('%s, before the connection is over', async (_when, last, ms) => {
    const cleared = vi.spyOn(MessageBuffer.prototype, 'clear');
    const { vhost, clock, context } = await serve(until.with({ default: true }));
    const client = await WsClient.open(vhost);
    await client.send(half);
    expect(cleared).not.toHaveBeenCalled();
    await client.send(last);
    if (ms > 0) await clock.advance(ms);
    expect(cleared.mock.contexts.map((buffer) => (buffer as MessageBuffer).length)).toContain(0);
    expect(context.counters.wsi_alive).toBe(1);
    cleared.mockRestore();
  });
});

test.each<[string, number, number, number]>([
  ['of a sixteenth lies where it was read', 300, 4484, 4800],
  ['of less has memory of its own', 300, 4485, 300],
  ['of few bytes has memory of its own', 64, 10, 64],
])('a binary message %s', async (_which, length, other, memory) => {
  const { kept, client } = await keeping();
  const small = new Uint8Array(length).fill(7);
  await client.send(join(binary(small), binary(new Uint8Array(other).fill(8))));
  expect(kept[0]).toEqual(small);
  expect(kept[0]?.buffer.byteLength).toBe(memory);
  expect(kept[1]).toEqual(new Uint8Array(other).fill(8));
});

test('many short messages of one read share memory, and each keeps its bytes', async () => {
  const { kept, client } = await keeping();
  const sent = Array.from({ length: 40 }, (_, n) => new Uint8Array(100 + n).fill(n));
  await client.send(join(...sent.map((data) => binary(data))));
  expect(kept).toEqual(sent);
  expect(new Set(kept.map(({ buffer }) => buffer)).size).toBeLessThan(8);
  for (const { length, buffer } of kept) expect(buffer.byteLength).toBeLessThanOrEqual(16 * length);
});

test('messages of one read are the same bytes later, though the program waits between them', async () => {
  const kept: Uint8Array[] = [];
  const keeping = protocol({
    name: 'keeping',
    ws: {
      message(wsi, data) {
        kept.push(data as Uint8Array);
        wsi.requestWriteable();
      },
      writeable() {},
    },
  });
  const { vhost } = await serve(keeping.with({ default: true }));
  const client = await WsClient.open(vhost);
  const sizes = Array.from({ length: 60 }, (_, at) => (at * 37) % 400);
  const sent = sizes.map((size, at) => new Uint8Array(size).fill(at + 1));
  const all = join(...sent.map((data) => binary(data)));
  await client.send(all.subarray(0, 5000), all.subarray(5000));
  expect(kept).toEqual(sent);
});
