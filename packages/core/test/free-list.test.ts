import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { FreeList } from '../src/free-list.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test('gives the last one first, and none that it has not', () => {
  const list = new FreeList<string>(8);
  expect(list.take()).toBeUndefined();
  list.give('one');
  list.give('two');
  expect(list.length).toBe(2);
  expect([list.take(), list.take(), list.take()]).toEqual(['two', 'one', undefined]);
  expect(list.length).toBe(0);
});

test('keeps as many as it was told', () => {
  const list = new FreeList<number>(2);
  for (const each of [1, 2, 3]) list.give(each);
  expect([list.take(), list.take(), list.take()]).toEqual([2, 1, undefined]);
});

test('what was taken is kept alive by it no more', async () => {
  const list = new FreeList<object>(2);
  list.give({});
  list.give({});
  const taken = new WeakRef(list.take() as object);
  // a WeakRef keeps its target for the turn that it was made in
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect(taken.deref()).toBeUndefined();
  expect(list.length).toBe(1);
});
