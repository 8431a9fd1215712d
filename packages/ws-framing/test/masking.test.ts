import { describe, expect, test } from 'vitest';
import { maskInto, unmask } from '../src/index.ts';
import { maskingKey, releaseViews, unmaskWith } from '../src/masking.ts';
import { hex } from './trace.ts';

const key = hex('80 01 fe 7f');

/** RFC 6455 §5.3, octet by octet. */
function mixed(bytes: Uint8Array, phase = 0): Uint8Array {
  return bytes.map((byte, at) => byte ^ (key[(at + phase) % 4] as number));
}

function payload(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 0xff);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Around every bound between the ways of doing it. */
const lengths = [
  0, 1, 2, 3, 4, 5, 7, 8, 31, 32, 63, 64, 65, 66, 67, 95, 96, 97, 130, 383, 384, 385, 399, 400, 401,
  2050, 5003, 16383, 16384, 16385, 33000,
];

describe.each(lengths)('%i bytes', (length) => {
  const plain = payload(length);
  test('unmask at every alignment, place and phase', () => {
    const wrong: string[] = [];
    for (let offset = 0; offset < 9; offset++)
      for (let start = 0; start < 9; start++)
        for (let phase = 0; phase < 5; phase++) {
          const room = new Uint8Array(offset + start + length + 11).fill(0x55);
          const bytes = new Uint8Array(room.buffer, offset);
          bytes.set(mixed(plain, phase), start);
          unmask(bytes, start, start + length, key, phase);
          const expected = new Uint8Array(room.length).fill(0x55);
          expected.set(plain, offset + start);
          if (!same(room, expected)) wrong.push(`${offset} ${start} ${phase}`);
        }
    expect(wrong).toEqual([]);
  });

  test('unmask in two parts', () => {
    const cuts =
      length < 100
        ? Array.from({ length: length + 1 }, (_, at) => at)
        : [1, 2, 3, 63, 66, length - 5];
    for (const cut of cuts) {
      const bytes = mixed(plain);
      unmask(bytes, 0, cut, key);
      unmask(bytes, cut, length, key, cut);
      expect(same(bytes, plain)).toBe(true);
    }
  });

  test('maskInto leaves its source and the rest of its target', () => {
    for (let at = 0; at < 5; at++)
      for (let phase = 0; phase < 4; phase++) {
        const source = plain.slice();
        const target = new Uint8Array(length + 9).fill(0x55);
        expect(maskInto(target, at, source, key, phase)).toBe(at + length);
        expect(same(source, plain)).toBe(true);
        const expected = new Uint8Array(length + 9).fill(0x55);
        expected.set(mixed(plain, phase), at);
        expect(same(target, expected)).toBe(true);
      }
  });
});

test.each([20, 100, 384, 391, 16_384, 33_000])(
  'of %i bytes it says whether all are ASCII',
  (length) => {
    const ascii = new Uint8Array(length + 1).fill(0x7f);
    for (const at of [undefined, 0, 1, 15, 16, length >> 1, length - 17, length - 2, length - 1]) {
      const plain = ascii.slice();
      if (at !== undefined) plain[Math.max(0, at) + 1] = 0x80;
      const bytes = mixed(plain, 3);
      const seen = unmaskWith(bytes, 1, bytes.length, maskingKey(key));
      releaseViews();
      expect([at, same(bytes.subarray(1), plain.subarray(1)), (seen & 0x80) !== 0]).toEqual([
        at,
        true,
        at !== undefined,
      ]);
    }
  },
);

test('the example of RFC 6455 §5.7', () => {
  const bytes = hex('7f9f4d5158');
  unmask(bytes, 0, 5, hex('37fa213d'));
  expect(Buffer.from(bytes).toString()).toBe('Hello');
});

test('a buffer whose size is no multiple of a word, and one used again after another', () => {
  const odd = new Uint8Array(2051);
  const even = new Uint8Array(2056);
  for (const bytes of [odd, even, odd]) {
    bytes.set(mixed(payload(bytes.length)));
    unmask(bytes, 0, bytes.length, key);
    expect(bytes).toEqual(payload(bytes.length));
  }
});
