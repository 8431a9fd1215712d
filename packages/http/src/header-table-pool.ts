import { FreeList } from '@lws-ts/core';
import { type HeadLimits, HeadTable, RequestHeadReader } from './framing/index.ts';
import { RecentTexts } from './framing/recent-texts.ts';

/** A connection that waits for a header table. */
export interface TableWaiter {
  /** It is the waiter's now, empty. */
  tableGiven(reader: RequestHeadReader): void;
}

/** A request that is not over, whose head is complete: it can go on with a copy of its head. */
export interface TableKeeper {
  /** What the head takes, in bytes. */
  readonly headBytes: number;
  /** Goes on with a copy, and gives up the table. */
  giveForCopy(): RequestHeadReader;
}

/** A connection whose head has begun and waits for the rest: what there is of it can wait in a copy. */
export interface TableHolder extends TableKeeper {
  /** When the head began, and when a byte of it came last; ms. */
  readonly since: number;
  readonly moved: number;
  /** Others wait, and it has to give back at once what it has. */
  tableWanted(): void;
}

/** Where no more can be copied a head that did not move for so long is given up, in ms; a moving one when it is so old. */
const STALLED_MS = 250;
const OLD_MS = 2000;

/** How many unused tables are kept for the next request. */
const KEPT = 128;

/** What a copy takes beside the head, in bytes: its reader, and the objects of its table. */
export const COPY_BYTES = 1024;

/**
 * The header tables of one vhost, each with its reader: lent while a head is in progress or a transaction
 * runs, never to an idle connection. When all are lent, transactions that take their time go on with a copy of their
 * head, the oldest first, and then heads that are not complete wait for the rest in a copy, the one that moved least
 * recently first; so tables are there for who says something. Who finds none then waits in order. lws: the ah pool
 */
export class HeaderTablePool {
  readonly #limits: HeadLimits;
  readonly #size: number;
  readonly #connects: boolean;
  readonly #recent = new RecentTexts();
  readonly #free: FreeList<RequestHeadReader>;
  readonly #waiting: Set<TableWaiter>;
  /** Whose head waits for more in a table, the longest without progress first. */
  readonly #partial: Set<TableHolder>;
  /** Whose head waits for more in a copy: all without progress for longer. */
  readonly #parked: Set<TableHolder>;
  /** Whose head is complete, the oldest first. */
  readonly #keepers: Set<TableKeeper>;
  readonly #maxCopied: number;
  #lent: number;
  #copies: number;
  #copied: number;

  /** @param maxCopied of copies of heads, in bytes */
  constructor(limits: HeadLimits, size: number, maxCopied: number, connects = false) {
    this.#limits = limits;
    this.#size = size;
    this.#maxCopied = maxCopied;
    this.#connects = connects;
    this.#free = new FreeList(KEPT);
    this.#waiting = new Set();
    this.#partial = new Set();
    this.#parked = new Set();
    this.#keepers = new Set();
    this.#lent = 0;
    this.#copies = 0;
    this.#copied = 0;
  }

  /** Tables in use. */
  get lent(): number {
    return this.#lent;
  }

  /** Copies of heads, complete and not. */
  get copies(): number {
    return this.#copies;
  }

  /** What the copies take, in bytes. */
  get copied(): number {
    return this.#copied;
  }

  /** What tables and copies in use take, in bytes. */
  get bytes(): number {
    const { maxHttpHeaderData, maxHeaderFields } = this.#limits;
    return this.#lent * (maxHttpHeaderData + 8 * maxHeaderFields + COPY_BYTES) + this.#copied;
  }

  /** Somebody waits: a connection between two requests lets it go first. */
  get contended(): boolean {
    return this.#waiting.size > 0;
  }

  /** An empty table, or undefined when all are lent: who waits has had whatever could be copied. */
  take(): RequestHeadReader | undefined {
    if (this.#lent === this.#size) return this.#takeForCopy();
    this.#lent++;
    return this.#free.take() ?? this.#newReader();
  }

  /** A byte of `holder`'s head came, and it is not complete. It may lose its table at once. */
  moved(holder: TableHolder): void {
    this.#partial.delete(holder);
    this.#partial.add(holder);
    if (this.#waiting.size > 0) this.#serveWaiting();
  }

  /** The head is complete or over, or goes on from its copy. */
  settled(holder: TableHolder): void {
    if (!this.#partial.delete(holder)) this.#parked.delete(holder);
  }

  /**
   * Gives up, for somebody who waits, the head that moved least recently, when it did not move for 250 ms or began
   * 2 seconds ago; false when there is none such. So peers that begin requests and do not go on keep nobody else
   * waiting where no more can be copied. @param now ms
   */
  evict(now: number): boolean {
    return evictFirst(this.#parked, now) || evictFirst(this.#partial, now);
  }

  /** The head of `keeper` is complete, and its request takes its time. */
  lasts(keeper: TableKeeper): void {
    this.#keepers.add(keeper);
    if (this.#waiting.size > 0) this.#serveWaiting();
  }

  /** It is over. */
  ends(keeper: TableKeeper): void {
    this.#keepers.delete(keeper);
  }

  /** The copy of a head of so many bytes is over. */
  dropCopy(headBytes: number): void {
    this.#copies--;
    this.#copied -= headBytes + COPY_BYTES;
    if (this.#waiting.size > 0) this.#serveWaiting();
  }

  /** Puts `waiter` at the end of those who wait. */
  wait(waiter: TableWaiter): void {
    this.#waiting.add(waiter);
  }

  forget(waiter: TableWaiter): void {
    this.#waiting.delete(waiter);
  }

  /** Takes a table back, or passes it on to whoever waits longest. */
  give(reader: RequestHeadReader): void {
    reader.reset();
    if (this.#passOn(reader)) return;
    this.#lent--;
    this.#free.give(reader);
  }

  #newReader(): RequestHeadReader {
    const limits = this.#limits;
    const table = new HeadTable(limits.maxHttpHeaderData, limits.maxHeaderFields);
    return new RequestHeadReader(limits, this.#connects, table, this.#recent);
  }

  #passOn(reader: RequestHeadReader): boolean {
    if (this.#waiting.size === 0) return false;
    for (const waiter of this.#waiting) {
      this.#waiting.delete(waiter);
      waiter.tableGiven(reader);
      return true;
    }
    return false;
  }

  /** Gives tables to those who wait, as long as heads can be copied for it. */
  #serveWaiting(): void {
    while (this.#waiting.size > 0) {
      const reader = this.#takeForCopy();
      if (reader === undefined) return;
      this.#passOn(reader);
    }
  }

  /** The table of the oldest request that takes its time, or of the head that moved least recently, when it can be copied. */
  #takeForCopy(): RequestHeadReader | undefined {
    for (const keeper of this.#keepers) {
      if (!this.#mayCopy(keeper)) break;
      this.#keepers.delete(keeper);
      return this.#copy(keeper);
    }
    for (const holder of this.#partial) {
      if (!this.#mayCopy(holder)) break;
      this.#partial.delete(holder);
      this.#parked.add(holder);
      return this.#copy(holder);
    }
    return undefined;
  }

  #mayCopy({ headBytes }: TableKeeper): boolean {
    return this.#copied + headBytes + COPY_BYTES <= this.#maxCopied;
  }

  #copy(keeper: TableKeeper): RequestHeadReader {
    this.#copies++;
    this.#copied += keeper.headBytes + COPY_BYTES;
    const reader = keeper.giveForCopy();
    reader.reset();
    return reader;
  }
}

function evictFirst(holders: Set<TableHolder>, now: number): boolean {
  for (const holder of holders) {
    if (now - holder.moved < STALLED_MS && now - holder.since < OLD_MS) return false;
    holders.delete(holder);
    holder.tableWanted();
    return true;
  }
  return false;
}
