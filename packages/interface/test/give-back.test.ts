import { afterEach, describe, expect, test } from 'vitest';
import { giveBack } from '../src/give-back.ts';

const prototype = ArrayBuffer.prototype as { transfer?: unknown };
const own = prototype.transfer;
afterEach(() => {
  if (own !== undefined) prototype.transfer = own;
});

describe.each(own === undefined ? ['by a port'] : ['by transfer', 'by a port'])('%s', (how) => {
  test.each<[string, number, (memory: Uint8Array) => Uint8Array, number]>([
    ['all of a large buffer goes', 65_536, (memory) => memory, 0],
    ['the least that is large goes', 16_384, (memory) => memory, 0],
    ['less stays', 16_383, (memory) => memory, 16_383],
    ['a part gives nothing back', 65_536, (memory) => memory.subarray(1), 65_536],
    ['nor does a part from the beginning', 65_536, (memory) => memory.subarray(0, 9), 65_536],
  ])('%s', (_what, bytes, part, left) => {
    if (how === 'by a port') delete prototype.transfer;
    const memory = new Uint8Array(bytes);
    giveBack(part(memory));
    expect(memory.buffer.byteLength).toBe(left);
    expect(memory.length).toBe(left);
  });

  test('and is not used any more', () => {
    if (how === 'by a port') delete prototype.transfer;
    const before = process.memoryUsage().arrayBuffers;
    for (let times = 0; times < 128; times++) giveBack(new Uint8Array(1_048_576));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1_048_576);
  });
});
