import { describe, expect, test } from 'vitest';
import {
  escapeHtml,
  isAlphanumeric,
  isBlank,
  isTokenCode,
  percentDecoded,
  readNetworks,
} from '../src/index.ts';

test.each([
  ['/a%20b', '/a b'],
  ['/%C3%BC', '/ü'],
  ['/%', '/%'],
  ['/%ff', '/%ff'],
  ['', ''],
])('%j stands for %j', (text, decoded) => {
  expect(percentDecoded(text)).toBe(decoded);
});

test('what means something to HTML is escaped, and nothing else', () => {
  expect(escapeHtml(`<a href="x">'&'</a> ü\n`)).toBe(
    '&#60;a href=&#34;x&#34;&#62;&#39;&#38;&#39;&#60;/a&#62; ü\n',
  );
});

describe('of all bytes', () => {
  const codes = Array.from({ length: 257 }, (_, code) => code);
  const text = (is: (code: number) => boolean) => String.fromCharCode(...codes.filter(is));
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

  test.each([
    ['blank', isBlank, '\t '],
    ['letters and digits', isAlphanumeric, `0123456789${letters}${letters.toLowerCase()}`],
    ['of a token', isTokenCode, `!#$%&'*+-.0123456789${letters}^_\`${letters.toLowerCase()}|~`],
  ])('%s', (_name, is, expected) => {
    expect(text(is)).toBe(expected);
    expect(is(Number.NaN)).toBe(false);
  });
});

describe('a list of networks', () => {
  const read = (value: unknown) =>
    readNetworks(value, 'few', (address, bits) =>
      address.includes('x') || address === '' ? undefined : `${address} ${bits}`,
    );

  test.each([
    [[], []],
    [['10.0.0.1'], ['10.0.0.1 32']],
    [
      ['10.0.0.0/8', '::1', '2001:db8::/32'],
      ['10.0.0.0 8', '::1 128', '2001:db8:: 32'],
    ],
    [
      ['0.0.0.0/0', '::/128'],
      ['0.0.0.0 0', ':: 128'],
    ],
  ])('%j', (value, networks) => {
    expect(read(value)).toEqual(networks);
  });

  test.each([
    ['10.0.0.1', 'few is not a list of addresses'],
    [{}, 'few is not a list of addresses'],
    [[7], 'few has 7, which is neither an address nor a CIDR block'],
    [['x'], 'few has "x", which is neither an address nor a CIDR block'],
    [[''], 'few has "", which is'],
    [['10.0.0.0/33'], 'few has "10.0.0.0/33", which is'],
    [['::/129'], 'few has "::/129", which is'],
    [['10.0.0.0/'], 'few has "10.0.0.0/", which is'],
    [['10.0.0.0/-1'], 'few has "10.0.0.0/-1", which is'],
    [['10.0.0.0/8/8'], 'few has "10.0.0.0/8/8", which is'],
    [['10.0.0.0/0008'], 'few has "10.0.0.0/0008", which is'],
    [['10.0.0.0/8\n'], 'few has "10.0.0.0/8\\n", which is'],
  ])('%j is refused', (value, message) => {
    expect(() => read(value)).toThrow(
      expect.objectContaining({
        code: 'LWS_ERR_OPTION',
        message: expect.stringContaining(message),
      }),
    );
  });
});
