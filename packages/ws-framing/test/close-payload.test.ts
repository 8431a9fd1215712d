import { describe, expect, test } from 'vitest';
import { encodeClosePayload, isSendableCloseCode, readClosePayload } from '../src/index.ts';
import { hex } from './trace.ts';

/** RFC 6455 §7.4 and the IANA registry, range by range. */
const ranges: readonly (readonly [from: number, to: number, sendable: boolean])[] = [
  [0, 999, false],
  [1000, 1003, true],
  [1004, 1006, false],
  [1007, 1014, true],
  [1015, 2999, false],
  [3000, 4999, true],
  [5000, 65535, false],
];

test.each(ranges)('codes %i to %i: %s', (from, to, sendable) => {
  const wrong: number[] = [];
  for (let code = from; code <= to; code++) {
    const result = readClosePayload(Uint8Array.of(code >> 8, code & 0xff));
    const taken = !('closeCode' in result) && result.code === code && result.reason === '';
    if (taken !== sendable || isSendableCloseCode(code) !== sendable) wrong.push(code);
  }
  expect(wrong).toEqual([]);
});

test.each([999.5, 1000.5, -1000, 70_536, Number.NaN])('%f is no close code', (code) => {
  expect(isSendableCloseCode(code)).toBe(false);
});

test.each([
  ['no payload', '', { code: 1005, reason: '' }],
  ['a code alone', '03e8', { code: 1000, reason: '' }],
  ['a reason', '03e9 73656579 61', { code: 1001, reason: 'seeya' }],
  ['a reason of all sizes', '0fa0 61c3a4e282acf09f9880', { code: 4000, reason: 'aä€😀' }],
  ['a reason that begins with U+FEFF', '03e8 efbbbf61', { code: 1000, reason: '\ufeffa' }],
])('reading %s', (_name, image, expected) => {
  expect(readClosePayload(hex(image))).toEqual(expected);
});

test.each([
  ['one byte', '03', 'LWS_ERR_WS_CLOSE_LENGTH', 1002],
  ['1005 sent', '03ed', 'LWS_ERR_WS_CLOSE_CODE', 1002],
  ['a bad code before a bad reason', '0000ff', 'LWS_ERR_WS_CLOSE_CODE', 1002],
  ['a bad reason', '03e8 61ff', 'LWS_ERR_WS_CLOSE_REASON', 1007],
  ['a surrogate', '03e8 eda080', 'LWS_ERR_WS_CLOSE_REASON', 1007],
  ['a reason cut off', '03e8 61e282', 'LWS_ERR_WS_CLOSE_REASON', 1007],
])('reading %s', (_name, image, code, closeCode) => {
  expect(readClosePayload(hex(image))).toMatchObject({ code, closeCode });
  expect(readClosePayload(hex('03e8 c3a4'))).toEqual({ code: 1000, reason: 'ä' });
});

describe('writing', () => {
  test.each([
    ['nothing', undefined, undefined, ''],
    ['a code', 1000, undefined, '03e8'],
    ['a code and a reason', 1001, 'seeya', '03e97365657961'],
    ['a lone surrogate', 3000, 'a\ud800', '0bb861efbfbd'],
  ])('%s', (_name, code, reason, image) => {
    expect(encodeClosePayload(code, reason)).toEqual(hex(image));
  });

  test.each([
    ['x'.repeat(123), 123],
    ['x'.repeat(124), 123],
    [`${'x'.repeat(122)}ä`, 122],
    [`${'x'.repeat(121)}ä`, 123],
    [`${'x'.repeat(121)}€`, 121],
    [`${'x'.repeat(120)}😀`, 120],
    ['😀'.repeat(100), 120],
  ])('%s is cut to %i bytes', (reason, size) => {
    const bytes = encodeClosePayload(1000, reason);
    expect(bytes.length).toBe(2 + size);
    expect(bytes.buffer.byteLength).toBe(2 + size);
    const result = readClosePayload(bytes);
    expect(result).toHaveProperty('reason');
    expect(reason.startsWith('reason' in result ? result.reason : '?')).toBe(true);
  });

  test.each([0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, Number.NaN])(
    '%f throws',
    (code) => {
      expect(() => encodeClosePayload(code)).toThrow(
        expect.objectContaining({ code: 'LWS_ERR_WS_FRAME_WRITE' }),
      );
    },
  );

  test('a reason without a code throws', () => {
    expect(() => encodeClosePayload(undefined, 'why')).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_WS_FRAME_WRITE' }),
    );
  });
});
