import { isDigit } from './bytes.ts';

/**
 * The number that `bytes[start..end)` spells: 1 to 16 decimal digits, at most 2^53 - 1 (RFC 9112 §6.2);
 * -1 for anything else. No sign, no list, no white space.
 */
export function readContentLength(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > 16) return -1;
  let length = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (!isDigit(byte)) return -1;
    length = length * 10 + (byte - 0x30);
  }
  return Number.isSafeInteger(length) ? length : -1;
}
