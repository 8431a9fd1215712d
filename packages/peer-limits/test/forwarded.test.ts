/** `Forwarded` (RFC 7239) and `X-Forwarded-For`. */
import { describe, expect, test } from 'vitest';
import { readForwarded, readXForwardedFor } from '../src/forwarded.ts';

describe('Forwarded', () => {
  test.each([
    ['for=192.0.2.1', ['192.0.2.1']],
    ['For="192.0.2.1:47011"', ['192.0.2.1']],
    ['for=192.0.2.1;proto=http;by=203.0.113.43', ['192.0.2.1']],
    ['proto=http ; for=192.0.2.1', ['192.0.2.1']],
    ['for=192.0.2.43, for=198.51.100.17', ['192.0.2.43', '198.51.100.17']],
    ['for="[2001:db8:cafe::17]:4711"', ['2001:db8:cafe::17']],
    ['for="[2001:db8:cafe::17]"', ['2001:db8:cafe::17']],
    ['for="_gazonk"', ['_gazonk']],
    ['for=unknown', ['unknown']],
    ['by=203.0.113.43', [undefined]],
    ['for=1.2.3.4,, for=5.6.7.8', ['1.2.3.4', undefined, '5.6.7.8']],
    ['for="a,b;for=c\\"", for=1.2.3.4', ['a,b;for=c"', '1.2.3.4']],
    [';for=1.2.3.4;', ['1.2.3.4']],
    ['', [undefined]],
  ])('%s', (value, expected) => {
    expect(readForwarded(value)).toEqual(expected);
  });

  test.each([
    'for',
    'for=',
    '=1.2.3.4',
    'for =1.2.3.4',
    'for= 1.2.3.4',
    'for="1.2.3.4',
    'for=1.2.3.4"',
    'for=[2001:db8::1]',
    'for=1.2.3.4 for=5.6.7.8',
    'for=1.2.3.4;for=5.6.7.8',
    'for=192.0.2.1:80',
    'for="\x01"',
    'for=1.2.3.4, for="',
    Array(65).fill('for=1.2.3.4').join(','),
  ])('malformed: %j', (value) => {
    expect(readForwarded(value)).toBeUndefined();
  });

  test('a long one takes no long time', () => {
    const began = performance.now();
    for (const piece of ['"', '\\"', 'for="', ';', 'a=b;', ' ', 'for="\\'])
      readForwarded(piece.repeat(16_384 / piece.length));
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

describe('X-Forwarded-For', () => {
  test.each([
    ['192.0.2.1', ['192.0.2.1']],
    ['192.0.2.1, 198.51.100.2', ['192.0.2.1', '198.51.100.2']],
    ['192.0.2.1:4711,2001:db8::1', ['192.0.2.1', '2001:db8::1']],
    ['[2001:db8::1]:4711 ,\t[2001:db8::2]', ['2001:db8::1', '2001:db8::2']],
    ['unknown', ['unknown']],
    ['"><script>, 192.0.2.1', ['"><script>', '192.0.2.1']],
    ['', ['']],
  ])('%s', (value, expected) => {
    expect(readXForwardedFor(value)).toEqual(expected);
  });

  test('a list without end is malformed', () => {
    expect(readXForwardedFor(Array(65).fill('1.2.3.4').join(','))).toBeUndefined();
  });
});
