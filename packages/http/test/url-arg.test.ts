import { describe, expect, test } from 'vitest';
import { findUrlArg } from '../src/url-arg.ts';

describe('findUrlArg', () => {
  test.each<[string, string, string | undefined]>([
    ['a=1&b=2', 'b', '2'],
    ['a=1&a=2', 'a', '1'],
    ['a', 'a', ''],
    ['a=', 'a', ''],
    ['a=b=c', 'a', 'b=c'],
    ['a+b=c%20d+e', 'a b', 'c d e'],
    ['%61=%c3%a9', 'a', '\u00e9'],
    ['a=%zz', 'a', '%zz'],
    ['a=%ff', 'a', '%ff'],
    ['ab=1', 'a', undefined],
    ['', 'a', undefined],
    ['&&a=1', 'a', '1'],
    ['__proto__=1', '__proto__', '1'],
  ])('%j: %j is %j', (query, name, expected) => {
    expect(findUrlArg(query, name)).toBe(expected);
  });
});
