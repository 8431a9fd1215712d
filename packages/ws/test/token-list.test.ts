import { expect, test } from 'vitest';
import { addTokens, hasOpenQuote, isBase64Of16, isToken, listHasToken } from '../src/token-list.ts';

test.each<[string, boolean]>([
  ['chat', true],
  ["!#$%&'*+-.^_`|~09azAZ", true],
  ['', false],
  ['a b', false],
  ['a,b', false],
  ['a\tb', false],
  ['a"b', false],
  ['a/b', false],
  ['\u00e9', false],
  ['a\u0000', false],
])('isToken(%j) is %s', (text, expected) => {
  expect(isToken(text)).toBe(expected);
});

test.each<[string, boolean]>([
  ['upgrade', true],
  ['Upgrade', true],
  ['keep-alive,\tUPGRADE ', true],
  [',,upgrade,', true],
  ['upgraded', false],
  ['up grade', false],
  ['', false],
  ['x', false],
])('listHasToken(%j) is %s', (list, expected) => {
  expect(listHasToken(list, 'upgrade')).toBe(expected);
});

test.each<[string, string[] | undefined]>([
  ['a', ['a']],
  ['a, b,c', ['a', 'b', 'c']],
  [' a\t', ['a']],
  ['__proto__, constructor', ['__proto__', 'constructor']],
  ['', undefined],
  [',', undefined],
  ['a,', undefined],
  ['a b', undefined],
  ['a, a', undefined],
])('addTokens(%j)', (list, expected) => {
  const into = new Set<string>();
  expect(addTokens(list, into) ? [...into] : undefined).toEqual(expected);
});

test.each<[string, boolean]>([
  ['a; b="c"', false],
  ['a; b="c', true],
  ['a; b="c\\"', true],
  ['a; b="c\\\\"', false],
  ['a; b="c, d"; e="', true],
  ['a\\"b"', false],
  ['', false],
])('hasOpenQuote(%j) is %s', (list, expected) => {
  expect(hasOpenQuote(list)).toBe(expected);
});

test.each<[string, boolean]>([
  ['dGhlIHNhbXBsZSBub25jZQ==', true],
  ['+/09azAZ+/09azAZ+/09aw==', true],
  ['dGhlIHNhbXBsZSBub25jZQ=', false],
  ['dGhlIHNhbXBsZSBub25jZ===', false],
  ['dGhlIHNhbXBsZSBub25jZQAA', false],
  ['dGhlIHNhbXBsZSBub25j Q==', false],
  ['dGhlIHNhbXBsZSBub25j-Q==', false],
  ['', false],
])('isBase64Of16(%j) is %s', (text, expected) => {
  expect(isBase64Of16(text)).toBe(expected);
});
