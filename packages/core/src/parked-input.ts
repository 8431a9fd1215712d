/**
 * Input that arrived and may not be delivered yet, in order. It stays in the pieces it came in: they are
 * joined only when a role wants to see more at once than the first of them holds.
 */
export class ParkedInput {
  #pieces: Uint8Array[] = [];
  #length = 0;

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  /** Adds `bytes` behind what waits; `owned` says that the memory may be kept. */
  append(bytes: Uint8Array, owned: boolean): void {
    if (bytes.length === 0) return;
    this.#pieces.push(keep(bytes, owned));
    this.#length += bytes.length;
  }

  /** Puts `bytes` before what waits. */
  prepend(bytes: Uint8Array, owned: boolean): void {
    if (bytes.length === 0) return;
    this.#pieces.unshift(keep(bytes, owned));
    this.#length += bytes.length;
  }

  /** Takes the first piece out. */
  take(): Uint8Array | undefined {
    const piece = this.#pieces.shift();
    if (piece !== undefined) this.#length -= piece.length;
    return piece;
  }

  /** Makes the first two pieces one; false when there are no two. */
  joinFirst(): boolean {
    const [first, second] = this.#pieces;
    if (first === undefined || second === undefined) return false;
    const both = new Uint8Array(first.length + second.length);
    both.set(first);
    both.set(second, first.length);
    this.#pieces.splice(0, 2, both);
    return true;
  }

  /** Forgets all. */
  clear(): void {
    this.#pieces = [];
    this.#length = 0;
  }
}

function keep(bytes: Uint8Array, owned: boolean): Uint8Array {
  return owned ? bytes : new Uint8Array(bytes);
}
