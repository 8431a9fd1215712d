/** What a decompressor remembers between messages, by the size of its window. */
import { describe, expect, test } from 'vitest';
import { InflateDecoder } from '../src/inflate-decoder.ts';
import { WindowHistory } from '../src/window-history.ts';

const counted = (from: number, count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, at) => (from + at) % 251);

describe('WindowHistory', () => {
  test.each([
    ['less than the window', [100, 50], 256],
    ['just the window', [200, 56], 256],
    ['more, in small pieces', [100, 100, 100, 7], 256],
    ['more, in one piece', [10, 1000], 256],
    ['nothing new', [100, 0], 256],
  ])('keeps the last bytes: %s', (_what, sizes, window) => {
    const history = new WindowHistory(window);
    let all = 0;
    for (const size of sizes) {
      history.add(counted(all, size));
      all += size;
    }
    const kept = Math.min(all, window);
    expect(history.bytes).toEqual(counted(all - kept, kept));
  });

  test('keeps none of what it is given', () => {
    const history = new WindowHistory(256);
    const pool = new ArrayBuffer(8192);
    history.add(new Uint8Array(pool, 100, 50));
    expect(history.bytes?.buffer.byteLength).toBe(50);
    history.clear();
    expect(history.bytes).toBeUndefined();
  });
});

test.each([8, 9, 12, 15])('a decoder whose peer has a window of 2^%i remembers no more', (bits) => {
  const sink = { decoded() {}, decodedEnd() {}, decodeReady() {}, decodeFailed() {} };
  const decoder = new InflateDecoder(sink, true, bits);
  // a stored block of 16,000 bytes, and the beginning of the empty one that ends a message
  const stored = new Uint8Array(16_006);
  stored.set([0, 16_000 & 0xff, 16_000 >> 8, ~16_000 & 0xff, (~16_000 >> 8) & 0xff]);
  for (let each = 0; each < 3; each++) {
    decoder.decode(stored, 0, stored.length);
    decoder.decodeEnd();
  }
  expect(decoder.dictionary?.length).toBe(Math.min(2 ** bits, 48_000));
});
