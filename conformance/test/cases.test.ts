/** The list of cases itself: its numbers are those of Autobahn's testsuite, and none is missing. */
import { expect, test } from 'vitest';
import { cases } from './cases/all.ts';
import { deflateCases } from './cases/deflate.ts';

/** How many cases each group of Autobahn's has; groups of categories 2, 3 and 5 have none. */
const counts: Readonly<Record<string, number>> = {
  '1.1': 8,
  '1.2': 8,
  '2': 11,
  '3': 7,
  '4.1': 5,
  '4.2': 5,
  '5': 20,
  '6.1': 3,
  '6.2': 4,
  '6.3': 2,
  '6.4': 4,
  '6.5': 5,
  '6.6': 11,
  '6.7': 4,
  '6.8': 2,
  '6.9': 4,
  '6.10': 3,
  '6.11': 5,
  '6.12': 8,
  '6.13': 5,
  '6.14': 10,
  '6.15': 1,
  '6.16': 3,
  '6.17': 5,
  '6.18': 5,
  '6.19': 5,
  '6.20': 7,
  '6.21': 8,
  '6.22': 34,
  '6.23': 7,
  '7.1': 6,
  '7.3': 6,
  '7.5': 1,
  '7.7': 13,
  '7.9': 9,
  '7.13': 2,
  '9.1': 6,
  '9.2': 6,
  '9.3': 9,
  '9.4': 9,
  '9.5': 6,
  '9.6': 6,
  '9.7': 6,
  '9.8': 6,
  '10.1': 1,
  ...Object.fromEntries([1, 2, 3, 4, 5].map((group) => [`12.${group}`, 18])),
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((group) => [`13.${group}`, 18])),
};

test('there are the 517 cases of Autobahn, under its numbers', () => {
  const right = Object.entries(counts).flatMap(([group, count]) =>
    Array.from({ length: count }, (_, at) => `${group}.${at + 1}`),
  );
  const ids = [...cases, ...deflateCases].map(({ id }) => id);
  expect(new Set(ids)).toEqual(new Set(right));
  expect(ids).toHaveLength(517);
});

test('each case says something, and ends once', () => {
  for (const { id, acts } of cases) {
    const all = acts();
    const ends = all.filter((act) => act.do === 'fail' || act.do === 'closed');
    expect(ends, id).toHaveLength(1);
    expect(all[0]?.do, id).toBe('say');
  }
});
