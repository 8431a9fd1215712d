/** Output that the transports of a context keep because peers do not read it, with a bound on all of it together. */
import { totalmem } from 'node:os';

/** Whose transport keeps output. */
export interface OutputKeeper {
  /** Gives its memory back, by ending. */
  outputOver(): void;
}

export class KeptOutput {
  readonly limit: number;
  #bytes = 0;
  /** Whoever has waited longest for its peer comes first. */
  readonly #keepers = new Set<OutputKeeper>();

  /** @param limit in bytes; 0: a quarter of the memory that the process may have */
  constructor(limit: number) {
    this.limit = limit === 0 ? Math.floor(usableMemory() / 4) : limit;
  }

  /** Kept by all together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** `keeper` had `before` bytes kept and has `now`; with none it waits no longer. */
  changed(keeper: OutputKeeper, before: number, now: number): void {
    this.#bytes += now - before;
    if (now === 0) this.#keepers.delete(keeper);
    else if (before === 0) this.#keepers.add(keeper);
  }

  /** Ends whoever has waited longest, and the next, until what is left is within the bound. */
  relieve(): void {
    if (this.#bytes <= this.limit) return;
    for (const keeper of this.#keepers) {
      keeper.outputOver();
      if (this.#bytes <= this.limit) return;
    }
  }
}

function usableMemory(): number {
  const allowed = process.constrainedMemory();
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}
