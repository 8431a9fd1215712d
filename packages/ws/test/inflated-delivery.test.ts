/** What waits inflated for the program: how it is kept, and in which chunks it is given. */
import { type ExtensionSession, FrameReader } from '@lws-ts/ws-framing';
import { expect, test } from 'vitest';
import { InflatedDelivery, type InflatedOwner } from '../src/inflated-delivery.ts';

const unheard = { frameStart() {}, framePayload() {}, frameEnd() {}, violation() {} };
const session = {
  working: false,
  rxChunk: undefined,
  hold: () => undefined,
} as unknown as ExtensionSession;

/** A delivery to a program that takes chunks, though not yet; `given` are their lengths, once they are taken. */
function waiting(more: Partial<ExtensionSession> = {}): {
  delivery: InflatedDelivery;
  give: () => number[];
} {
  const owner: InflatedOwner & { mayDeliver: boolean } = {
    mayDeliver: false,
    wake: () => undefined,
    failed: (error) => expect.fail(error.code),
  };
  const given: number[] = [];
  const delivery = new InflatedDelivery(owner, new FrameReader(unheard, { side: 'server' }), {
    chunk: (bytes) => void given.push(bytes.length),
    rxBufferSize: 4096,
  });
  delivery.attach({ ...session, ...more });
  return {
    delivery,
    give: () => {
      owner.mayDeliver = true;
      delivery.drain();
      return given;
    },
  };
}

test.each<[string, (memory: ArrayBuffer, at: number) => Uint8Array, number[]]>([
  ['one behind the other in the same memory', (memory, at) => new Uint8Array(memory, at, 1), [100]],
  [
    'each in memory of its own',
    () => new Uint8Array(new ArrayBuffer(2), 0, 1),
    Array<number>(100).fill(1),
  ],
  ['with a gap after each', (memory, at) => new Uint8Array(memory, at * 2, 1), Array(100).fill(1)],
  ['the other way round', (memory, at) => new Uint8Array(memory, 99 - at, 1), Array(100).fill(1)],
])('100 pieces of an octet, %s', (_how, piece, chunks) => {
  const { delivery, give } = waiting();
  const memory = new ArrayBuffer(200);
  for (let at = 0; at < 100; at++) delivery.decoded(piece(memory, at));
  delivery.decodedEnd();
  expect(give()).toEqual(chunks);
});

test('a piece that was given in part goes on with what follows it', () => {
  const { delivery, give } = waiting();
  const memory = new ArrayBuffer(8192);
  delivery.decoded(new Uint8Array(memory, 0, 5000));
  expect(give()).toEqual([4096]);
  delivery.decoded(new Uint8Array(memory, 5000, 1000));
  delivery.decodedEnd();
  expect(give()).toEqual([4096, 1904]);
});

test('over 64 KiB of chunks that the program does not take, the extension is held until it does', () => {
  const held: boolean[] = [];
  const { delivery, give } = waiting({ hold: (on: boolean) => void held.push(on) });
  delivery.decoded(new Uint8Array(64 * 1024));
  expect(held).toEqual([]);
  delivery.decoded(new Uint8Array(1));
  expect(held).toEqual([true]);
  give();
  expect(held).toEqual([true, false]);
});
