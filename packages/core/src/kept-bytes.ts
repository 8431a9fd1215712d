/**
 * Memory that connections of a context keep because of their peers, with a bound on all of it together: output that
 * peers do not read, and input that is not whole or not taken.
 */
import { totalmem } from 'node:os';

/** A connection that keeps some. */
export interface BytesKeeper {
  /** Gives its memory back, by ending. */
  overLimit(): void;
}

export class KeptBytes {
  readonly limit: number;
  #bytes = 0;
  /** Whoever has kept some for the longest comes first. */
  readonly #keepers = new Set<BytesKeeper>();

  /** @param limit in bytes; 0: a quarter of the memory that the process may have */
  constructor(limit: number) {
    this.limit = limit === 0 ? Math.floor(usableMemory() / 4) : limit;
  }

  /** Kept by all together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** More is kept than may be. */
  get over(): boolean {
    return this.#bytes > this.limit;
  }

  /** `keeper` had `before` bytes kept and has `now`; with none its time begins anew. */
  changed(keeper: BytesKeeper, before: number, now: number): void {
    this.#bytes += now - before;
    if (now === 0) this.#keepers.delete(keeper);
    else if (before === 0) this.#keepers.add(keeper);
  }

  /** Ends whoever has kept some for the longest, and the next, until what is left is within the bound. */
  relieve(): void {
    if (!this.over) return;
    for (const keeper of this.#keepers) {
      keeper.overLimit();
      if (!this.over) return;
    }
  }
}

function usableMemory(): number {
  const allowed = process.constrainedMemory();
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}
