import { describe, expect, test } from 'vitest';
import { readAddressList } from '../src/address-list.ts';

describe.each<[readonly string[], readonly string[], readonly string[]]>([
  [[], [], ['127.0.0.1', '::1', '']],
  [['10.0.0.1'], ['10.0.0.1'], ['10.0.0.2', '::1', 'unknown', '']],
  [
    ['10.0.0.0/8', '::1'],
    ['10.255.0.1', '::1'],
    ['11.0.0.1', '::2'],
  ],
  [['2001:db8::/32'], ['2001:db8:1::5'], ['2001:db9::1', '10.0.0.1']],
])('%j', (given, on, off) => {
  const list = readAddressList(given, 'trusted');

  test('holds what it names', () => {
    expect(on.filter((address) => !list(address))).toEqual([]);
  });

  test('and nothing else', () => {
    expect(off.filter((address) => list(address))).toEqual([]);
  });
});

test.each([
  ['10.0.0.1'],
  [[1]],
  [['a.example']],
  [['10.0.0.0/33']],
  [['10.0.0.0/-1']],
  [['10.0.0.0/']],
  [['10.0.0.0/8/8']],
  [['::/129']],
])('%j is refused', (value) => {
  expect(() => readAddressList(value, 'trusted')).toThrow(
    expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
  );
});
