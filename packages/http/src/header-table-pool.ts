import { type HeadLimits, RequestHeadReader } from './framing/index.ts';

/** A connection that waits for a header table. */
export interface TableWaiter {
  /** It is the waiter's now, empty. */
  tableGiven(reader: RequestHeadReader): void;
}

/** How many unused tables are kept for the next request. */
const KEPT = 32;

/**
 * The header tables of one vhost, each with its reader: lent while a head is in progress or a transaction
 * runs, never to an idle connection. Who comes too late waits in order. lws: the ah pool
 */
export class HeaderTablePool {
  readonly #limits: HeadLimits;
  readonly #size: number;
  readonly #free: RequestHeadReader[];
  readonly #waiting: Set<TableWaiter>;
  #lent: number;

  constructor(limits: HeadLimits, size: number) {
    this.#limits = limits;
    this.#size = size;
    this.#free = [];
    this.#waiting = new Set();
    this.#lent = 0;
  }

  /** Tables in use. */
  get lent(): number {
    return this.#lent;
  }

  /** Somebody waits: a connection between two requests lets it go first. */
  get contended(): boolean {
    return this.#waiting.size > 0;
  }

  /** An empty table, or undefined when all are lent. */
  take(): RequestHeadReader | undefined {
    if (this.#lent === this.#size) return undefined;
    this.#lent++;
    return this.#free.pop() ?? new RequestHeadReader(this.#limits);
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
    for (const waiter of this.#waiting) {
      this.#waiting.delete(waiter);
      waiter.tableGiven(reader);
      return;
    }
    this.#lent--;
    if (this.#free.length < KEPT) this.#free.push(reader);
  }
}
