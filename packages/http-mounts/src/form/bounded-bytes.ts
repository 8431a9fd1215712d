const FIRST_ROOM = 256;

/** Bytes that are collected up to a limit, in memory that grows as they come and is used again. */
export class BoundedBytes {
  readonly #limit: number;
  #bytes: Uint8Array;
  #length: number;

  constructor(limit: number) {
    this.#limit = limit;
    this.#bytes = new Uint8Array(Math.min(limit, FIRST_ROOM));
    this.#length = 0;
  }

  get length(): number {
    return this.#length;
  }

  /** The byte that many places before the end; undefined before the first. */
  last(before: number): number | undefined {
    return this.#bytes[this.#length - 1 - before];
  }

  /** Adds `bytes[start..end)`, or nothing and returns false when they do not fit. */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start === 1) return this.addByte(bytes[start] ?? 0);
    const length = this.#length + end - start;
    if (!this.#room(length)) return false;
    this.#bytes.set(bytes.subarray(start, end), this.#length);
    this.#length = length;
    return true;
  }

  /** Adds one byte, or returns false when it does not fit. */
  addByte(byte: number): boolean {
    if (!this.#room(this.#length + 1)) return false;
    this.#bytes[this.#length++] = byte;
    return true;
  }

  /** What was collected, as a view that the next `add` may change. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  #room(length: number): boolean {
    if (length > this.#limit) return false;
    if (length <= this.#bytes.length) return true;
    const grown = new Uint8Array(Math.min(this.#limit, Math.max(length, this.#bytes.length * 2)));
    grown.set(this.view());
    this.#bytes = grown;
    return true;
  }
}
