import { expect, test } from 'vitest';
import { nextMaskingKey } from '../src/masking-keys.ts';

test('keys do not repeat, not even when the pool is filled anew', () => {
  const keys = new Set<number>();
  for (let at = 0; at < 5000; at++) keys.add(Buffer.from(nextMaskingKey()).readUInt32BE());
  // by chance one in 350 runs has a pair of equal ones
  expect(keys.size).toBeGreaterThan(4990);
});

test('every bit of a key is set as often as not', () => {
  const set = Array.from({ length: 32 }, () => 0);
  const count = 8000;
  for (let at = 0; at < count; at++) {
    const key = Buffer.from(nextMaskingKey()).readUInt32BE();
    for (let bit = 0; bit < 32; bit++) set[bit] = (set[bit] ?? 0) + ((key >>> bit) & 1);
  }
  // eight standard deviations
  for (const times of set)
    expect(Math.abs(times - count / 2)).toBeLessThan(8 * Math.sqrt(count / 4));
});
