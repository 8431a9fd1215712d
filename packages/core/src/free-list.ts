/** Objects that are used again, the last one given first. */
export class FreeList<T> {
  readonly #most: number;
  /** Its length stays: V8 gives the memory of an array that gets empty away, and makes it anew at the next push. */
  readonly #slots: (T | undefined)[] = [];
  #count = 0;

  /** @param most that are kept; what is given beyond is left to the garbage collector */
  constructor(most: number) {
    this.#most = most;
  }

  get length(): number {
    return this.#count;
  }

  /** Undefined: there is none. */
  take(): T | undefined {
    if (this.#count === 0) return undefined;
    const slot = --this.#count;
    const taken = this.#slots[slot];
    this.#slots[slot] = undefined;
    return taken;
  }

  give(object: T): void {
    if (this.#count < this.#most) this.#slots[this.#count++] = object;
  }
}
