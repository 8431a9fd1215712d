/**
 * Memory that connections of a context keep because of their peers, with a bound on all of it together: output that
 * peers do not read, and input that is not whole or not taken.
 */
import { totalmem } from 'node:os';

/** A connection that keeps some. */
export abstract class BytesKeeper {
  // Its neighbours among all who keep some. No set of them: one that grows and shrinks with each turn costs more.
  longer: BytesKeeper | undefined = undefined;
  shorter: BytesKeeper | undefined = undefined;

  /** Gives its memory back, by ending. */
  abstract overLimit(): void;
}

export class KeptBytes {
  readonly limit: number;
  #bytes = 0;
  /** Who has kept some for the longest, */
  #longest: BytesKeeper | undefined = undefined;
  /** and for the shortest time. */
  #shortest: BytesKeeper | undefined = undefined;

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
    if (before === 0 && now > 0) this.#add(keeper);
    else if (before > 0 && now === 0) this.#remove(keeper);
  }

  /** Ends whoever has kept some for the longest, and the next, until what is left is within the bound. */
  relieve(): void {
    if (!this.over) return;
    for (const keeper of this.#inOrder()) {
      // one may end others
      if (this.#has(keeper)) keeper.overLimit();
      if (!this.over) return;
    }
  }

  #inOrder(): BytesKeeper[] {
    const all: BytesKeeper[] = [];
    for (let keeper = this.#longest; keeper !== undefined; keeper = keeper.shorter)
      all.push(keeper);
    return all;
  }

  #has(keeper: BytesKeeper): boolean {
    return keeper.longer !== undefined || keeper === this.#longest;
  }

  #add(keeper: BytesKeeper): void {
    const longer = this.#shortest;
    keeper.longer = longer;
    if (longer === undefined) this.#longest = keeper;
    else longer.shorter = keeper;
    this.#shortest = keeper;
  }

  #remove(keeper: BytesKeeper): void {
    const { longer, shorter } = keeper;
    if (longer === undefined) this.#longest = shorter;
    else longer.shorter = shorter;
    if (shorter === undefined) this.#shortest = longer;
    else shorter.longer = longer;
    keeper.longer = undefined;
    keeper.shorter = undefined;
  }
}

function usableMemory(): number {
  const allowed = process.constrainedMemory();
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}
