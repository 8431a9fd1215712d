import { describe, expect, test } from 'vitest';
import { Backoff } from '../src/retry.ts';

describe('Backoff', () => {
  test('follows the table, then stays at its end', () => {
    const backoff = new Backoff({ tableMs: [10, 20, 50], jitterPercent: 0 });
    expect([1, 2, 3, 4, 5].map(() => backoff.next())).toEqual([10, 20, 50, 50, 50]);
    expect(backoff.failures).toBe(5);
    backoff.reset();
    expect([backoff.failures, backoff.next()]).toEqual([0, 10]);
  });

  test('conceals as many failures as it says, by default as the table is long', () => {
    const concealed = (count: number, concealCount?: number): boolean[] => {
      const backoff = new Backoff({
        tableMs: [1, 1],
        ...(concealCount === undefined ? {} : { concealCount }),
      });
      return Array.from({ length: count }, () => backoff.next() > 0 && backoff.concealed);
    };
    expect(concealed(3)).toEqual([true, true, false]);
    expect(concealed(2, 0)).toEqual([false, false]);
    expect(concealed(4, 3)).toEqual([true, true, true, false]);
  });

  test('adds up to jitterPercent, 30 by default', () => {
    const delays = (jitterPercent?: number): number[] =>
      Array.from({ length: 500 }, () =>
        new Backoff({
          tableMs: [1000],
          ...(jitterPercent === undefined ? {} : { jitterPercent }),
        }).next(),
      );
    for (const [given, most] of [
      [undefined, 1300],
      [100, 2000],
      [10, 1100],
    ] as const) {
      const all = delays(given);
      expect(Math.min(...all)).toBeGreaterThanOrEqual(1000);
      expect(Math.max(...all)).toBeLessThan(most);
      expect(Math.max(...all)).toBeGreaterThan(1000 + (most - 1000) / 2);
    }
  });

  test.each([
    [{}],
    [{ tableMs: [] }],
    [{ tableMs: [0] }],
    [{ tableMs: [1.5] }],
    [{ tableMs: [86_400_001] }],
    [{ tableMs: 'x' }],
    [{ tableMs: [1], jitterPercent: -1 }],
    [{ tableMs: [1], jitterPercent: 101 }],
    [{ tableMs: [1], jitterPercent: '1' }],
    [{ tableMs: [1], concealCount: -1 }],
    [{ tableMs: [1], concealCount: 65_536 }],
    [null],
  ])('refuses %j', (policy) => {
    expect(() => new Backoff(policy as never)).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
    );
  });

  test('says which member it does not know, and which was meant', () => {
    const policy = { tableMs: [1], jiterPercent: 5 };
    expect(() => new Backoff(policy)).toThrow(
      expect.objectContaining({
        code: 'LWS_ERR_OPTION_UNKNOWN',
        message: expect.stringContaining('jiterPercent of retry; did you mean jitterPercent?'),
      }),
    );
  });
});
