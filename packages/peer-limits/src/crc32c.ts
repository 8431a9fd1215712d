/** The checksum of RFC 3720 §B.4 (Castagnoli), as the PROXY protocol has it. */
const table = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0x82f63b78 : 0);
  table[byte] = value >>> 0;
}

/** Of `bytes`, in which those of `[from, to)` count as zero. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0xffffffff;
  for (const [at, byte] of bytes.entries()) {
    const counted = at >= from && at < to ? 0 : byte;
    sum = (table[(sum ^ counted) & 0xff] as number) ^ (sum >>> 8);
  }
  return (sum ^ 0xffffffff) >>> 0;
}
