/** Input that arrived and may not be delivered yet, in order. */
export class ParkedInput {
  #bytes: Uint8Array | undefined = undefined;

  get length(): number {
    return this.#bytes === undefined ? 0 : this.#bytes.length;
  }

  /** Adds `bytes` behind what waits; `owned` says that the memory may be kept. */
  append(bytes: Uint8Array, owned: boolean): void {
    if (bytes.length === 0) return;
    this.#bytes = this.#bytes === undefined ? keep(bytes, owned) : join(this.#bytes, bytes);
  }

  /** Puts `bytes` before what waits. */
  prepend(bytes: Uint8Array, owned: boolean): void {
    if (bytes.length === 0) return;
    this.#bytes = this.#bytes === undefined ? keep(bytes, owned) : join(bytes, this.#bytes);
  }

  /** Takes all that waits out. */
  take(): Uint8Array | undefined {
    const bytes = this.#bytes;
    this.#bytes = undefined;
    return bytes;
  }
}

function keep(bytes: Uint8Array, owned: boolean): Uint8Array {
  return owned ? bytes : new Uint8Array(bytes);
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
