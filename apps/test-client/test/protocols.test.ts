import { expect, test } from 'vitest';
import { lifetime, randomCircle } from '../src/protocols.ts';

test('circles lie on the drawing, and differ', () => {
  const circles = Array.from({ length: 2000 }, randomCircle);
  for (const circle of circles) {
    const [, x, y, r] = /^c #[0-9A-F]{6} (\d+) (\d+) (\d+);$/.exec(circle) ?? [];
    expect(Number(x)).toBeLessThanOrEqual(511);
    expect(Number(y)).toBeLessThanOrEqual(255);
    expect(Number(r)).toBeGreaterThanOrEqual(1);
    expect(Number(r)).toBeLessThanOrEqual(32);
  }
  expect(new Set(circles).size).toBeGreaterThan(1990);
});

test.each([
  [false, 16_384],
  [true, 516_384],
])('a lifetime, long lived: %s', (longLived, least) => {
  const lifetimes = Array.from({ length: 200 }, () => lifetime(longLived));
  expect(Math.min(...lifetimes)).toBeGreaterThanOrEqual(least);
  expect(Math.max(...lifetimes)).toBeLessThan(least + 65_536);
  expect(new Set(lifetimes).size).toBeGreaterThan(100);
});
