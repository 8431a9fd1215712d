/**
 * The head that a reader read last, byte by byte, with what was found in it. The same one again need not be read again:
 * the table has it still.
 */
import { CR } from './bytes.ts';

/** The longest head that is kept, in bytes. */
const LONGEST = 1024;
/** Up to so many bytes a loop beats a call into Node.js. */
const SHORT = 128;

export class RepeatedHead {
  /** In bytes; 0: none is kept, or the table has it no more. */
  length: number;
  /** Of the table. */
  used: number;
  count: number;
  lengths: number;
  method: string;
  hostStart: number;
  hostEnd: number;
  /** There are fields of that name. */
  connection: boolean;
  upgrade: boolean;
  #bytes: Buffer | undefined;
  /** How long the head before was. */
  #before: number;

  constructor() {
    this.length = 0;
    this.used = 0;
    this.count = 0;
    this.lengths = 0;
    this.method = '';
    this.hostStart = 0;
    this.hostEnd = 0;
    this.connection = false;
    this.upgrade = false;
    this.#bytes = undefined;
    this.#before = 0;
  }

  /** Whether `bytes[from..to)` begins with it. */
  begins(bytes: Uint8Array, from: number, to: number): boolean {
    const { length } = this;
    const kept = this.#bytes;
    const end = from + length;
    if (length === 0 || end > to || kept === undefined) return false;
    if (length > SHORT) return kept.compare(bytes, from, end, 0, length) === 0;
    return areSame(bytes, from, kept, length);
  }

  /**
   * Keeps a head that was read in one piece, `bytes[from..to)`, if the one before was as long: most come once. True: it is
   * kept, and what was found in it is the caller's to set.
   */
  keep(bytes: Uint8Array, from: number, to: number): boolean {
    const length = to - from;
    // empty lines before it are counted, and not of it
    const kept = length === this.#before && length <= LONGEST && bytes[from] !== CR;
    this.#before = length;
    if (!kept) return false;
    this.#bytes ??= Buffer.allocUnsafeSlow(LONGEST);
    this.#bytes.set(bytes.subarray(from, to));
    this.length = length;
    return true;
  }
}

/** Whether the `length` bytes from `from` on are the first of `kept`: eight at a time take half as long as one by one. */
function areSame(bytes: Uint8Array, from: number, kept: Uint8Array, length: number): boolean {
  let at = 0;
  for (; at + 8 <= length; at += 8) {
    const place = from + at;
    const differ =
      ((bytes[place] as number) ^ (kept[at] as number)) |
      ((bytes[place + 1] as number) ^ (kept[at + 1] as number)) |
      ((bytes[place + 2] as number) ^ (kept[at + 2] as number)) |
      ((bytes[place + 3] as number) ^ (kept[at + 3] as number)) |
      ((bytes[place + 4] as number) ^ (kept[at + 4] as number)) |
      ((bytes[place + 5] as number) ^ (kept[at + 5] as number)) |
      ((bytes[place + 6] as number) ^ (kept[at + 6] as number)) |
      ((bytes[place + 7] as number) ^ (kept[at + 7] as number));
    if (differ !== 0) return false;
  }
  for (; at < length; at++) if (bytes[from + at] !== kept[at]) return false;
  return true;
}
