import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskAddress } from '../src/address-list.ts';
import { isMapped, parseAddress, showAddress } from '../src/ip-address.ts';
import { peerKey, showPeerKey } from '../src/peer-key.ts';

const shown = (text: string): string | undefined => {
  const bytes = parseAddress(text);
  return bytes === undefined ? undefined : showAddress(bytes);
};

describe('an address is read and written', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:0201', '192.0.2.1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('%s', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });
});

describe('what is no address', () => {
  test.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.256',
    '1.2.3.-4',
    '1.2.3.4 ',
    '1.2.3.0x4',
    ':',
    ':::',
    ':1',
    '1:',
    '::1::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    '::1.2.3',
    '::1.2.3.4:5',
    '1.2.3.4::',
    '[::1]',
    'fe80::1%eth0',
    '::1/64',
    '1:2:3:4:5:6:7:1.2.3.4',
    'a'.repeat(100),
  ])('%s', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

test('it takes what Node.js takes, and nothing else', () => {
  const part = fc.constantFrom(
    '0',
    '1',
    '00',
    'ff',
    '255',
    '256',
    'ffff',
    '::',
    ':',
    '.',
    '1.2.3.4',
    '',
    'g',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const text = parts.join('');

      expect(parseAddress(text) !== undefined).toBe(isIPv4(text) || isIPv6(text));
    }),
    { numRuns: 5000 },
  );
});

test('what is written is read as the same', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      expect(parseAddress(showAddress(bytes))).toEqual(bytes);
    }),
  );
});

test.each([
  ['2001:db8:1:2:3::4', 64, '2001:db8:1:2::'],
  ['2001:db8:1:2:3::4', 128, '2001:db8:1:2:3::4'],
  ['ffff::', 1, '8000::'],
  ['ffff:ffff::', 20, 'ffff:f000::'],
])('%s has the prefix of %i bits %s', (text, bits, expected) => {
  expect(showAddress(maskAddress(parseAddress(text) as Uint8Array, bits))).toBe(expected);
});

test('IPv4 is what is mapped, not what ends like it', () => {
  expect(isMapped(parseAddress('1.2.3.4') as Uint8Array)).toBe(true);
  expect(isMapped(parseAddress('1::ffff:1.2.3.4') as Uint8Array)).toBe(false);
  expect(isMapped(parseAddress('::1.2.3.4') as Uint8Array)).toBe(false);
});

test.each([
  ['192.0.2.1', 64, '192.0.2.1'],
  ['255.255.255.255', 64, '255.255.255.255'],
  ['2001:db8:1:2:3::4', 64, '2001:db8:1:2::/64'],
  ['2001:db8:1:2:3::4', 20, '2001::/20'],
  ['c000:201::', 32, 'c000:201::/32'],
  ['2001:db8:1:2:3::4', 128, '2001:db8:1:2:3::4'],
])('the key of %s with %i bits is %s', (text, prefix, expected) => {
  const key = peerKey(parseAddress(text) as Uint8Array, prefix);
  expect(showPeerKey(key, prefix)).toBe(expected);
});

test('an IPv6 prefix is not taken for an IPv4 address', () => {
  const keyOf = (text: string): string => peerKey(parseAddress(text) as Uint8Array, 32);
  expect(keyOf('c000:201::')).not.toBe(keyOf('192.0.2.1'));
});
