import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Utf8Validator } from '../src/index.ts';
import { hex } from './trace.ts';

/** Decoding puts U+FFFD for what is not UTF-8, so only valid bytes come back as they were. */
function isText(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes);
  return Buffer.from(buffer.toString('utf8')).equals(buffer);
}

const tails = ['', '80', '8080', '808080', 'bf', 'bfbf', 'bfbfbf'].map(hex);

/**
 * Position of the first byte after which no continuation is valid, found by trying continuations;
 * the length when there is none. What cannot be continued cannot be when it is longer, so halving finds it.
 */
function firstBad(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const head = bytes.subarray(0, middle);
    if (tails.some((tail) => isText(Buffer.concat([head, tail])))) good = middle;
    else bad = middle;
  }
  return good;
}

/** Where a validator stops when `bytes` come in pieces of `size`. */
function stopsAt(bytes: Uint8Array, size: number): number {
  const validator = new Utf8Validator();
  for (let at = 0; at < bytes.length; at += size) {
    const end = Math.min(at + size, bytes.length);
    const fine = validator.push(bytes, at, end);
    const consistent = fine ? validator.validEnd === end : !validator.complete;
    if (!consistent) throw new Error(`at ${at}: ${fine}, but valid to ${validator.validEnd}`);
    if (!fine) return validator.validEnd;
  }
  expect(validator.complete).toBe(isText(bytes));
  return bytes.length;
}

describe.each([
  ['ASCII', '00 41 7f', 3],
  ['all sizes, least and largest', 'c280 dfbf e0a080 efbfbf f0908080 f48fbfbf', 18],
  ['around the surrogates', 'ed9fbf ee8080', 6],
  ['byte order mark and noncharacter', 'efbbbf efbfbe', 6],
  ['cut off', '61 f09f92', 4],
  ['lone continuation 80', '61 80', 1],
  ['lone continuation BF', 'bf', 0],
  ['overlong C0', 'c080', 0],
  ['overlong C1', 'c1bf', 0],
  ['overlong E0', 'e09fbf', 1],
  ['overlong F0', 'f08fbfbf', 1],
  ['least surrogate', 'eda080', 1],
  ['largest surrogate', 'edbfbf', 1],
  ['U+110000', 'f4908080', 1],
  ['lead F5', 'f5808080', 0],
  ['lead FF', 'ff', 0],
  ['5-byte form', 'f888808080', 0],
  ['ASCII for the 2nd of 2', 'c341', 1],
  ['ASCII for the 3rd of 3', 'e28241', 2],
  ['lead for the 4th of 4', 'f09f92c3', 3],
  ['bounds last one byte only', 'e0a0bf f0bf8080 ed8080 f48080bf', 14],
] as const)('%s', (_name, image, bad) => {
  test.each([1, 2, 3, 64])('in pieces of %i', (size) => {
    expect(stopsAt(hex(image), size)).toBe(bad);
  });

  test.each([40, 45, 46, 47, 48, 49, 50, 200])('behind and before %i bytes of text', (length) => {
    const text = Buffer.from('ä€😀z'.repeat(length)).subarray(0, 10 * (length >> 3));
    const bytes = Buffer.concat([text, hex(image), text]);
    for (const size of [1, 7, 47, 64, 100_000]) expect(stopsAt(bytes, size)).toBe(firstBad(bytes));
  });
});

test('every byte behind every lead, and four bytes at the edges of their ranges', () => {
  const leads = [
    0x41, 0x80, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5,
  ];
  const edges = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
  const wrong: string[] = [];
  const judge = (bytes: Uint8Array): void => {
    const validator = new Utf8Validator();
    validator.push(bytes, 0, bytes.length);
    if (validator.complete !== isText(bytes) || validator.validEnd !== firstBad(bytes))
      wrong.push(Buffer.from(bytes).toString('hex'));
  };
  for (let first = 0; first < 256; first++)
    for (let second = 0; second < 256; second += first < 0xc0 ? 15 : 1)
      judge(Uint8Array.of(first, second));
  for (const first of leads)
    for (const second of edges)
      for (const third of edges)
        for (const fourth of edges) judge(Uint8Array.of(first, second, third, fourth));
  expect(wrong).toEqual([]);
});

test('once false it stays false until reset', () => {
  const validator = new Utf8Validator();
  expect(validator.push(hex('e2ff'), 0, 2)).toBe(false);
  expect(validator.push(hex('41'), 0, 1)).toBe(false);
  expect(validator.validEnd).toBe(0);
  validator.reset();
  expect(validator.complete).toBe(true);
  expect(validator.push(hex('41'), 0, 1)).toBe(true);
  expect(validator.push(hex('e0'), 0, 1)).toBe(true);
  expect(validator.complete).toBe(false);
  validator.reset();
  expect(validator.push(hex('c280'), 0, 2)).toBe(true);
});

test('any bytes, in any pieces, as TextDecoder reads them', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 120 }).map((value) => Buffer.from(value)),
    fc.uint8Array({ maxLength: 8 }),
    fc
      .string({ unit: 'grapheme', minLength: 30, maxLength: 90 })
      .map((value) => Buffer.from(value)),
  );
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 4 }),
      fc.integer({ min: 1, max: 90 }),
      (parts, size) => {
        const bytes = Buffer.concat(parts);
        expect(stopsAt(bytes, size)).toBe(firstBad(bytes));
      },
    ),
    { numRuns: 100 },
  );
});
