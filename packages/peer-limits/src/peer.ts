import type { PeerBudget } from './peer-budget.ts';

/** A connection of a peer that waits for a header table. */
export interface Waiter {
  /** It has one now. */
  tableGranted(): void;
}

/** What is counted of one peer. There may be many: it is small. lws: struct lws_peer */
export class Peer {
  readonly key: string;
  /** Connections now. lws: count_wsi */
  wsi = 0;
  /** Header tables now. lws: count_ah */
  ah = 0;
  /** When its last connection went, in whole seconds. */
  idleSince = 0;
  budget: PeerBudget | undefined = undefined;
  /** Who waits for a header table, the longest first. */
  #waiting: Set<Waiter> | undefined = undefined;

  constructor(key: string) {
    this.key = key;
  }

  get waiting(): number {
    return this.#waiting?.size ?? 0;
  }

  wait(waiter: Waiter): void {
    this.#waiting ??= new Set();
    this.#waiting.add(waiter);
  }

  forget(waiter: Waiter): void {
    this.#waiting?.delete(waiter);
  }

  /** Who waits longest, and does no more. */
  takeWaiting(): Waiter | undefined {
    const waiting = this.#waiting;
    if (waiting === undefined) return undefined;
    for (const waiter of waiting) {
      waiting.delete(waiter);
      return waiter;
    }
    this.#waiting = undefined;
    return undefined;
  }
}
