import { describe, expect, test } from 'vitest';
import {
  commonCount,
  keptOf,
  leastDisturbed,
  median,
  ratios,
  summarize,
} from '../harness/statistics.mjs';

function sample(serverUs: number, foreignCpu: number) {
  return { messages: 1000, seconds: 0.5, serverUs, foreignCpu };
}

test.each([
  [[7], 7],
  [[9, 1, 5], 5],
  [[10, 9, 100, 1], 9.5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test('there is no median of nothing, and sorting leaves the values alone', () => {
  const values = [3, 1, 2];
  expect(median(values)).toBe(2);
  expect(values).toEqual([3, 1, 2]);
  expect(() => median([])).toThrow(RangeError);
});

test.each([
  [1, 1],
  [3, 3],
  [5, 3],
  [7, 4],
  [20, 10],
])('of %i samples %i count', (rounds, kept) => {
  expect(keptOf(rounds)).toBe(kept);
});

describe('of a disturbed run', () => {
  const samples = [sample(9, 0.8), sample(5, 0.1), sample(4, 0.9), sample(6, 0), sample(7, 0.2)];

  test('the quietest samples are kept, whatever their figures', () => {
    expect(leastDisturbed(samples).map(({ serverUs }) => serverUs)).toEqual([6, 5, 7]);
  });

  test('the summary is of those alone', () => {
    expect(summarize(samples)).toEqual({
      medianUs: 6,
      minUs: 5,
      messagesPerSecond: 2000,
      foreignCpu: 0.1,
    });
  });
});

test('a ratio over 1 is cheaper or faster than the baseline', () => {
  const baseline = { medianUs: 12, minUs: 10, messagesPerSecond: 1000, foreignCpu: 0 };
  const other = { medianUs: 3, minUs: 2, messagesPerSecond: 4000, foreignCpu: 0 };
  expect(ratios(baseline, other)).toEqual({ median: 4, min: 5, throughput: 4 });
});

test.each([
  [[50_000], 1, 50_000],
  [[50_000, 50_000], 0.5, 25_000],
  [[10_000, 90_000], 1, 18_000], // 1.8 s and 0.2 s: one second each on average
  [[0.001], 1, 1],
])('servers at %j a second get one count for %d s each: %i', (rates, seconds, count) => {
  expect(commonCount(rates, seconds)).toBe(count);
});
