import { expect, test } from 'vitest';
import { entityTag, listsTag } from '../src/entity-tag.ts';

const A = '"a"';

test.each([
  ['"a"', true, true],
  ['*', true, true],
  [' * ', true, true],
  ['W/"a"', false, true],
  ['"x", "a"', true, true],
  ['"x","a"', true, true],
  ['"x" ,\t"a" , "y"', true, true],
  [', ,"a",,', true, true],
  ['"x", W/"a"', false, true],
  ['"x,\\", "a"', true, true],
  ['"b"', false, false],
  ['"A"', false, false],
  ['""', false, false],
  ['a', false, false],
  ['"a', false, false],
  ['', false, false],
  [',', false, false],
  ['"x" "a"', false, false],
  ['w/"a"', false, false],
  ['"x, "a"', false, false],
  ['"x y", "a"', false, false],
  ['*, "a"', false, false],
  ['W/ "a"', false, false],
])('%s lists "a": strongly %s, weakly %s', (list, strong, weak) => {
  expect([listsTag(list, A, false), listsTag(list, A, true)]).toEqual([strong, weak]);
});

test('a list of 16 KiB costs no more than its length', () => {
  const start = performance.now();
  for (const unit of ['"', ',', '"x",', 'W/', '\t'])
    expect(listsTag(unit.repeat(16384), A, true)).toBe(false);
  expect(performance.now() - start).toBeLessThan(1000);
});

test('a tag is quoted, and another for each length, time and variant', () => {
  const tags = [
    entityTag(1, 1000, ''),
    entityTag(2, 1000, ''),
    entityTag(1, 1000.001, ''),
    entityTag(1, 1000, '-gz'),
  ];
  expect(new Set(tags).size).toBe(4);
  for (const tag of tags) expect(tag).toMatch(/^"[0-9a-z-]+"$/);
});
