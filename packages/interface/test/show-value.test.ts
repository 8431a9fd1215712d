import { expect, test } from 'vitest';
import { showValue } from '../src/show-value.ts';

test.each<[unknown, string]>([
  [undefined, 'undefined'],
  [null, 'null'],
  [-0.5, '-0.5'],
  [10n, '10'],
  [Symbol('s'), 'Symbol(s)'],
  ['a\r\nb', '"a\\r\\nb"'],
  [[1, 2], 'an array'],
  [new Map([['a', 1]]), 'an iterable'],
  [Object.create(null), 'an object'],
  [
    {
      toString: () => {
        throw new Error('no');
      },
    },
    'an object',
  ],
  [() => 1, 'a function'],
])('%o', (value, shown) => {
  expect(showValue(value)).toBe(shown);
});

test('is never longer than 64 characters', () => {
  expect(showValue('y'.repeat(1e6))).toHaveLength(64);
});
