import type { Clock } from '@lws-ts/interface';

interface Wake {
  readonly at: number;
  readonly run: () => void;
}

/** A clock whose wake-ups run when the program says that it is time. */
export class PolledClock implements Clock {
  readonly #time: Clock;
  /** Told of a wake-up that comes before all others. */
  readonly #sooner: () => void;
  /** Few: the wheel of all deadlines has one. */
  readonly #wakes = new Set<Wake>();

  constructor(time: Clock, sooner: () => void) {
    this.#time = time;
    this.#sooner = sooner;
  }

  now(): number {
    return this.#time.now();
  }

  wallNow(): number {
    return this.#time.wallNow();
  }

  wakeAt(at: number, run: () => void): () => void {
    const wake = { at, run };
    const sooner = at < this.next;
    this.#wakes.add(wake);
    if (sooner) this.#sooner();
    return () => this.#wakes.delete(wake);
  }

  /** When the first wake-up is due; Infinity without any. */
  get next(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { at } of this.#wakes) next = Math.min(next, at);
    return next;
  }

  /** Runs what is due. */
  runDue(): void {
    const now = this.#time.now();
    const due = [...this.#wakes].filter(({ at }) => at <= now);
    due.sort((one, other) => one.at - other.at);
    for (const wake of due) if (this.#wakes.delete(wake)) wake.run();
  }
}
