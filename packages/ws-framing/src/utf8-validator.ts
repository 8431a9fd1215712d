/**
 * UTF-8 (RFC 3629) checked as it arrives, in any pieces. Keeps no bytes, only what the next byte may be.
 * Short spans are read by a loop, long ones by `isUtf8` of `node:buffer`.
 */
import { isUtf8 } from 'node:buffer';

/** From this many bytes on the native check, which costs a view and a call, is quicker than the loop. */
const NATIVE_FROM = 48;

/** Says whether bytes that come in pieces are UTF-8. */
export class Utf8Validator {
  /** Continuation bytes the character in progress still lacks. */
  #due: number;
  /** What the next continuation byte may be: narrower after E0, ED, F0 and F4. */
  #low: number;
  #high: number;
  #validEnd: number;
  #failed: boolean;

  constructor() {
    this.#due = 0;
    this.#low = 0x80;
    this.#high = 0xbf;
    this.#validEnd = 0;
    this.#failed = false;
  }

  /** Everything so far is valid and ends at a whole character. */
  get complete(): boolean {
    return this.#due === 0 && !this.#failed;
  }

  /** Where the last `push` stopped: its `end`, or the position of the first byte that cannot be. */
  get validEnd(): number {
    return this.#validEnd;
  }

  /**
   * Reads `bytes[start..end)` as the continuation of what came before. False at the first byte that no
   * continuation could make valid: overlong forms, surrogates and code points above U+10FFFF included,
   * each at the byte that decides it. Once false it stays false until `reset`.
   */
  push(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#failed) {
      this.#validEnd = start;
      return false;
    }
    let at = start;
    if (this.#due > 0) at = this.#readSome(bytes, at, Math.min(end, at + this.#due));
    if (!this.#failed && end - at >= NATIVE_FROM) {
      const whole = lastBoundary(bytes, end);
      if (isUtf8(new Uint8Array(bytes.buffer, bytes.byteOffset + at, whole - at))) at = whole;
    }
    if (!this.#failed) at = this.#readSome(bytes, at, end);
    this.#validEnd = at;
    return !this.#failed;
  }

  /** Forgets everything: the next byte begins a text. */
  reset(): void {
    this.#due = 0;
    this.#low = 0x80;
    this.#high = 0xbf;
    this.#failed = false;
  }

  /** Reads byte by byte; gives the end, or the position of the first bad byte. RFC 3629 §4. */
  #readSome(bytes: Uint8Array, start: number, end: number): number {
    let due = this.#due;
    let low = this.#low;
    let high = this.#high;
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (due > 0) {
        if (byte < low || byte > high) break;
        due--;
        low = 0x80;
        high = 0xbf;
      } else if (byte >= 0x80) {
        if (byte < 0xc2 || byte > 0xf4) break;
        due = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
        if (byte === 0xe0) low = 0xa0;
        else if (byte === 0xed) high = 0x9f;
        else if (byte === 0xf0) low = 0x90;
        else if (byte === 0xf4) high = 0x8f;
      }
    }
    this.#due = due;
    this.#low = low;
    this.#high = high;
    this.#failed = at < end;
    return at;
  }
}

/** Where the last character of `bytes[..end)` begins when it has several bytes, else `end`; up to 4 back. */
function lastBoundary(bytes: Uint8Array, end: number): number {
  for (let at = end - 1; at >= end - 4; at--) {
    const byte = bytes[at] as number;
    if (byte < 0x80) return end;
    if (byte >= 0xc0) return at;
  }
  return end;
}
