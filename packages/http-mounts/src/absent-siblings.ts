/** How many are remembered. */
const MOST = 4096;
/** Longer keys are not, in characters: real paths are shorter, and made-up ones would take memory by the line. */
const LONGEST = 1024;

/** Encodings that files were found not to have, so that the disk is not asked for them with every request. */
export class AbsentSiblings {
  readonly #since: Map<string, number>;

  constructor() {
    this.#since = new Map();
  }

  /** @param now `clock.now()`, in ms */
  add(key: string, now: number): void {
    if (key.length > LONGEST) return;
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
