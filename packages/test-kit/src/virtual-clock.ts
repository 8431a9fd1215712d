import type { Clock } from '@lws-ts/interface';

interface Wake {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that stands still until a test turns it. */
export class VirtualClock implements Clock {
  readonly #epoch: number;
  #now = 0;
  #wakes: Wake[] = [];

  /** @param epoch what `wallNow()` reads at time 0, ms since 1970. Default: 2026-01-01 */
  constructor(epoch: number = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  /** Wake-ups that wait. */
  get pending(): number {
    return this.#wakes.length;
  }

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#epoch + this.#now;
  }

  wakeAt(at: number, run: () => void): () => void {
    const wake = { at, run };
    this.#wakes.push(wake);
    return () => {
      this.#wakes = this.#wakes.filter((other) => other !== wake);
    };
  }

  /**
   * Turns the clock on by `ms`, running each wake-up at its own time. The loop settles before and after each,
   * so that what is ready happens now, and what a deadline causes before the next one.
   */
  async advance(ms: number): Promise<void> {
    await settle();
    const end = this.#now + ms;
    for (;;) {
      const next = this.#next(end);
      if (next === undefined) break;
      this.#wakes = this.#wakes.filter((wake) => wake !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  #next(end: number): Wake | undefined {
    let next: Wake | undefined;
    for (const wake of this.#wakes)
      if (wake.at <= end && (next === undefined || wake.at < next.at)) next = wake;
    return next;
  }
}

/** Lets everything that is ready happen: `turns` rounds of the event loop. */
export async function settle(turns = 4): Promise<void> {
  for (let turn = 0; turn < turns; turn++)
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
}
