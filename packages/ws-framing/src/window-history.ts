/** The bytes that a compressor or its counterpart may still refer to: the last ones, up to the window. */
export class WindowHistory {
  readonly #windowSize: number;
  #bytes: Uint8Array | undefined = undefined;

  /** @param windowSize in bytes */
  constructor(windowSize: number) {
    this.#windowSize = windowSize;
  }

  /** Undefined when there is nothing to refer to. */
  get bytes(): Uint8Array | undefined {
    return this.#bytes;
  }

  /** @param most keeps no more than that many bytes, in place of the window's size */
  add(bytes: Uint8Array, most: number = this.#windowSize): void {
    const size = Math.min(most, this.#windowSize);
    const before = this.#bytes;
    if (bytes.length >= size || before === undefined) {
      // a copy, of a Buffer too: what it is cut from is not ours
      this.#bytes = new Uint8Array(bytes.subarray(Math.max(0, bytes.length - size)));
      return;
    }
    const kept = Math.min(before.length, size - bytes.length);
    const joined = new Uint8Array(kept + bytes.length);
    joined.set(before.subarray(before.length - kept));
    joined.set(bytes, kept);
    this.#bytes = joined;
  }

  clear(): void {
    this.#bytes = undefined;
  }
}
