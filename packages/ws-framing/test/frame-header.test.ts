import { describe, expect, test } from 'vitest';
import { frameHeaderSize, OPCODE, writeFrameHeader } from '../src/index.ts';
import { hex } from './trace.ts';

const mask = hex('0a0b0c0d');

describe.each([
  [0, '00', '80'],
  [1, '01', '81'],
  [125, '7d', 'fd'],
  [126, '7e007e', 'fe007e'],
  [65535, '7effff', 'feffff'],
  [65536, '7f0000000000010000', 'ff0000000000010000'],
  [2 ** 31, '7f0000000080000000', 'ff0000000080000000'],
  [2 ** 32 - 1, '7f00000000ffffffff', 'ff00000000ffffffff'],
  [2 ** 32 + 5, '7f0000000100000005', 'ff0000000100000005'],
  [2 ** 53 - 1, '7f001fffffffffffff', 'ff001fffffffffffff'],
])('a length of %i', (length, plain, masked) => {
  test('in its shortest form', () => {
    const target = new Uint8Array(20).fill(0x55);
    const size = 1 + plain.length / 2;
    expect(frameHeaderSize(length, false)).toBe(size);
    expect(writeFrameHeader(target, 3, OPCODE.binary, true, false, length)).toBe(3 + size);
    expect(target).toEqual(hex('555555'.concat('82', plain).padEnd(40, '5')));
  });

  test('masked', () => {
    const target = new Uint8Array(20).fill(0x55);
    const size = 5 + masked.length / 2;
    expect(frameHeaderSize(length, true)).toBe(size);
    expect(writeFrameHeader(target, 1, OPCODE.binary, true, false, length, mask)).toBe(1 + size);
    expect(target).toEqual(hex('55'.concat('82', masked, '0a0b0c0d').padEnd(40, '5')));
  });
});

test.each([
  [OPCODE.text, true, false, '81'],
  [OPCODE.text, false, false, '01'],
  [OPCODE.text, true, true, 'c1'],
  [OPCODE.binary, false, true, '42'],
  [OPCODE.continuation, true, false, '80'],
  [OPCODE.close, true, false, '88'],
  [OPCODE.ping, true, false, '89'],
  [OPCODE.pong, true, false, '8a'],
])('opcode %i, fin %s, rsv1 %s', (opcode, fin, rsv1, first) => {
  const target = new Uint8Array(2);
  expect(writeFrameHeader(target, 0, opcode, fin, rsv1, 7)).toBe(2);
  expect(target).toEqual(hex(`${first}07`));
});

test.each([
  ['a negative length', 20, 0, -1, undefined],
  ['half a byte', 20, 0, 1.5, undefined],
  ['not a number', 20, 0, Number.NaN, undefined],
  ['2^53', 20, 0, 2 ** 53, undefined],
  ['no room', 3, 0, 126, undefined],
  ['no room behind at', 4, 3, 0, undefined],
  ['no room for the key', 5, 0, 0, mask],
  ['a negative place', 20, -1, 0, undefined],
  ['a key of 3 bytes', 20, 0, 0, hex('010203')],
])('%s is refused and nothing written', (_name, room, at, length, key) => {
  const target = new Uint8Array(room);
  expect(() => writeFrameHeader(target, at, OPCODE.binary, true, false, length, key)).toThrow(
    expect.objectContaining({ name: 'LwsError', code: 'LWS_ERR_WS_FRAME_WRITE' }),
  );
  expect(target).toEqual(new Uint8Array(room));
});
