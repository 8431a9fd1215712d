/**
 * The head that a reader read last, byte by byte, with what was found in it. The same one again need not be read again:
 * the table has it still.
 */
import { CR } from './bytes.ts';

/** The longest head that is kept, in bytes. */
const LONGEST = 1024;
/** Up to so many bytes a loop beats a call into Node.js. */
const SHORT = 64;

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
    for (let at = 0; at < length; at++) if (bytes[from + at] !== kept[at]) return false;
    return true;
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
