import * as zlib from 'node:zlib';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { DeflateEncoder } from '../src/deflate-encoder.ts';

const windows = vi.hoisted((): (number | undefined)[] => []);

vi.mock('../src/node-zlib.ts', async () => {
  const real = await import('node:zlib');
  const deflateRawSync: typeof zlib.deflateRawSync = (bytes, options) => {
    windows.push(options?.windowBits);
    return real.deflateRawSync(bytes, options);
  };
  // no handle inside, so that each message has a stream of its own
  const createDeflateRaw = () => ({ close: () => undefined }) as unknown as zlib.DeflateRaw;
  return { zlib: () => ({ ...real, deflateRawSync, createDeflateRaw }) };
});

beforeEach(() => windows.splice(0));

/** Bytes that repeat over the whole length, so that a window that is too small shows. */
function repeating(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => ((at % 61) * (at % 127) * 7) & 0xff);
}

describe('the window given to zlib', () => {
  const settings = { windowBits: 15, takeover: false, level: 9, memLevel: 8 };

  test.each([
    [1, 9],
    [250, 9],
    [251, 10],
    [762, 10],
    [763, 11],
    [3834, 12],
    [3835, 13],
    [32_506, 15],
    [65_536, 15],
  ])('of %i bytes is the least that changes nothing: %i bits', (length, bits) => {
    const piece = repeating(length);
    const wire = new DeflateEncoder(settings).encode(piece, true, true);
    expect(windows).toEqual([bits]);
    const whole = zlib.deflateRawSync(piece, {
      finishFlush: zlib.constants.Z_SYNC_FLUSH,
      level: 9,
    });
    expect(wire).toEqual(new Uint8Array(whole.subarray(0, -4)));
  });

  test.each([
    [8, 9],
    [11, 11],
  ])('is no more than was agreed on: %i bits', (windowBits, bits) => {
    new DeflateEncoder({ ...settings, windowBits }).encode(repeating(5000), true, true);
    expect(windows).toEqual([bits]);
  });

  test('has room for what was sent before, where that is kept', () => {
    const encoder = new DeflateEncoder({ ...settings, takeover: true });
    const piece = repeating(600);
    const first = encoder.encode(piece, true, true).length;
    const again = encoder.encode(piece, true, true).length;
    expect(windows).toEqual([10, 11]);
    expect(again).toBeLessThan(first / 4);
  });
});
