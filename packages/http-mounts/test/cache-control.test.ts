import { expect, test } from 'vitest';
import { cacheControl } from '../src/cache-control.ts';

test.each([
  [0, false, false, false, 'no-store'],
  [60, false, false, false, 'no-store'],
  [60, false, true, true, 'no-store'],
  [0, true, false, false, 'no-store'],
  [0, true, true, true, 'no-store'],
  [60, true, false, false, 'no-cache'],
  [60, true, false, true, 'no-cache'],
  [60, true, true, false, 'private, max-age=60, must-revalidate'],
  [60, true, true, true, 'public, max-age=60, must-revalidate'],
  [2147483647, true, true, true, 'public, max-age=2147483647, must-revalidate'],
])('age %i, reusable %s, revalidate %s, intermediaries %s: %s', (...row) => {
  const [maxAge, reusable, revalidate, intermediaries, value] = row;
  expect(cacheControl({ maxAge, reusable, revalidate, intermediaries })).toBe(value);
});
