import { expect, test } from 'vitest';
import { defaultHeadLimits, type RequestHeadReader } from '../src/framing/index.ts';
import { HeaderTablePool } from '../src/header-table-pool.ts';

test('of the tables that are given back 128 are kept for the next requests', () => {
  const pool = new HeaderTablePool(defaultHeadLimits, 256, 0);
  const takeAll = (): RequestHeadReader[] =>
    Array.from({ length: 200 }, () => pool.take() as RequestHeadReader);
  const first = takeAll();
  for (const reader of first) pool.give(reader);
  expect(pool.lent).toBe(0);
  const again = takeAll();
  expect(new Set(again).size).toBe(200);
  expect(again.filter((reader) => first.includes(reader))).toHaveLength(128);
});
