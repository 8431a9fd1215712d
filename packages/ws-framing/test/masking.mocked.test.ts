import { expect, test, vi } from 'vitest';

test('without WebAssembly many bytes are masked by 32-bit words', async () => {
  vi.stubGlobal('WebAssembly', undefined);
  const { mixBlocks } = await import('../src/masking-simd.ts');
  const { unmask } = await import('../src/masking.ts');
  expect(mixBlocks(new Uint8Array(1024), 0, 1024, 1)).toBeUndefined();

  const key = Uint8Array.of(0x80, 0x01, 0xfe, 0x7f);
  for (const length of [384, 1027, 16_384, 40_001]) {
    const bytes = Uint8Array.from({ length }, (_, at) => at & 0xff);
    const expected = bytes.map((byte, at) => byte ^ (key[at & 3] as number));
    unmask(bytes, 0, length, key);
    expect(Buffer.compare(bytes, expected)).toBe(0);
  }
});
