/** What a connection reads goes back to the system when nobody can keep it, and only then. */
import { protocol, type Transport } from '@lws-ts/interface';
import { expect, test } from 'vitest';
import { serve } from './server.ts';
import { binary, frame, join, text, WsClient } from './ws-client.ts';

const capacity = 64 * 1024;

/** What a program was given, and the memory that all reads behind the handshake had. */
async function readBy(
  handlers: 'message' | 'receive',
  pieces: readonly Uint8Array[],
  onEach: (data: Uint8Array) => void = () => {},
) {
  const got: Uint8Array[] = [];
  const reads: Uint8Array[] = [];
  const keep = (_wsi: unknown, data: Uint8Array | string): void => {
    if (typeof data === 'string') return;
    got.push(data);
    onEach(data);
  };
  const keeper = protocol({
    name: 'keeper',
    rxBufferSize: capacity,
    ws: handlers === 'message' ? { message: keep } : { receive: keep },
  });
  const { vhost } = await serve(keeper.with({ default: true }));
  const client = await WsClient.open({
    adopt(transport: Transport) {
      const attach = transport.attach.bind(transport);
      transport.attach = (sink) =>
        attach({
          rx(bytes) {
            reads.push(bytes);
            sink.rx(bytes);
          },
          peerEnded: () => sink.peerEnded(),
          drained: () => sink.drained(),
          closed: (error) => sink.closed(error),
        });
      vhost.adopt(transport);
    },
  });
  reads.length = 0;
  for (const piece of pieces) await client.send(piece);
  return { got, sizes: reads.map(({ length }) => length) };
}

const bytes = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * seed) & 0xff);

test('a message that is put together of long reads is whole, and their memory is gone', async () => {
  const long = bytes(400_000, 7);
  const { got, sizes } = await readBy('message', [binary(long), binary(long)]);
  expect(got.map((one) => Buffer.compare(one, long))).toEqual([0, 0]);
  // that in which it begins, when nobody knew, and that in which it ends
  expect(sizes.filter((size) => size > 0).length).toBeLessThanOrEqual(4);
  expect(sizes.filter((size) => size === 0).length).toBeGreaterThanOrEqual(8);
});

test('so is one of many fragments', async () => {
  const part = bytes(65_536, 3);
  const parts = [
    frame(2, part, false),
    frame(0, part, false),
    frame(0, part, false),
    frame(0, part),
  ];
  const { got, sizes } = await readBy('message', [join(...parts)]);
  expect(Buffer.compare(got[0] as Uint8Array, Buffer.concat([part, part, part, part]))).toBe(0);
  expect(sizes).toContain(0);
});

test('messages beside a long one stay as they were given', async () => {
  const long = bytes(150_000, 5);
  const short = [bytes(20_000, 11), bytes(30_000, 13), bytes(25_000, 17)] as const;
  const [before, between, behind] = short.map((one) => binary(one)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const all = join(before, binary(long), between, binary(long), behind);
  const { got } = await readBy('message', [all, all, join(all, all)]);
  const expected = [short[0], long, short[1], long, short[2]];
  expect(got.length).toBe(20);
  for (const [at, data] of got.entries())
    expect(Buffer.compare(data, expected[at % 5] as Uint8Array)).toBe(0);
});

test('text is a string: nothing of its read is left', async () => {
  const { sizes } = await readBy('message', [frame(1, 'x'.repeat(30_000))]);
  // of the first read nobody knew yet
  const later = await readBy('message', [text('x'), text('y'.repeat(30_000))]);
  expect([sizes.length, later.sizes.at(-1)]).toEqual([1, 0]);
});

test('a short message keeps the memory that it was read into', async () => {
  const { got, sizes } = await readBy('message', [binary(bytes(20_000, 3))]);
  expect([got[0]?.length, sizes]).toEqual([20_000, [20_008]]);
});

test('a chunk is there during the call, and its memory gone behind it', async () => {
  const data = bytes(245_000, 9);
  const seen: Buffer[] = [];
  const { got, sizes } = await readBy('receive', [binary(data)], (chunk) => {
    seen.push(Buffer.from(chunk));
  });
  expect(Buffer.compare(Buffer.concat(seen), data)).toBe(0);
  // when the first one was read the connection had no reader yet
  expect(sizes.slice(1).every((size) => size === 0)).toBe(true);
  expect(got.length).toBeGreaterThan(2);
});
