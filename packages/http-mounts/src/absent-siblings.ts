/** How many are remembered. */
const MOST = 4096;

/** Encodings that files were found not to have, so that the disk is not asked for them with every request. */
export class AbsentSiblings {
  readonly #since: Map<string, number>;

  constructor() {
    this.#since = new Map();
  }

  /** @param now `clock.now()`, in ms */
  add(key: string, now: number): void {
    this.#since.delete(key);
    this.#since.set(key, now);
    if (this.#since.size <= MOST) return;
    for (const oldest of this.#since.keys()) {
      this.#since.delete(oldest);
      break;
    }
  }

  /** Whether it was not there `forMs` ago or later. */
  has(key: string, now: number, forMs: number): boolean {
    const since = this.#since.get(key);
    return since !== undefined && now - since < forMs;
  }
}
