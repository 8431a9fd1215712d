import type { Clock } from '@lws-ts/interface';
import type { HeaderTablePool, TableHolder } from './header-table-pool.ts';

/** How the head in hand comes along, once it did not come in one piece. */
export class HeadProgress implements TableHolder {
  /** When it began, and when a byte of it came last; ms. */
  since: number;
  moved: number;
  readonly #tables: HeaderTablePool;
  readonly #clock: Clock;
  readonly #giveWay: () => void;
  #listed: boolean;

  constructor(tables: HeaderTablePool, clock: Clock, giveWay: () => void) {
    this.since = 0;
    this.moved = 0;
    this.#tables = tables;
    this.#clock = clock;
    this.#giveWay = giveWay;
    this.#listed = false;
  }

  /** A byte came, and more has to; true for the first time. */
  goesOn(): boolean {
    const first = !this.#listed;
    this.moved = this.#clock.now();
    if (first) this.since = this.moved;
    this.#listed = true;
    this.#tables.moved(this);
    return first;
  }

  /** Complete, or over. */
  done(): void {
    if (!this.#listed) return;
    this.#listed = false;
    this.#tables.settled(this);
  }

  /** Since when nothing came, in seconds; 0 while no head is waited for. */
  idleSecs(now: number): number {
    return this.#listed ? (now - this.moved) / 1000 : 0;
  }

  tableWanted(): void {
    this.#giveWay();
  }
}
