/** Errors of a program that nobody handled: one of them is no reason to cut the connections of everybody. */
import { lwslErr } from '@lws-ts/core';

/** Lines in a second; the rest is counted, and told with the next line. */
const mostLines = 10;

/**
 * Counts and logs what would end the process: an exception that nobody caught, a promise that rejected unseen.
 * At most ten log lines are written in a second.
 */
export class UnhandledErrors {
  readonly #now: () => number;
  #count = 0;
  #since = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #untold = 0;

  /** @param now in ms */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** So far. */
  get count(): number {
    return this.#count;
  }

  /** Takes one; never throws, whatever it is. */
  take(kind: 'exception' | 'rejection', thrown: unknown): void {
    this.#count++;
    const now = this.#now();
    if (now - this.#since >= 1000) {
      this.#since = now;
      this.#lines = 0;
    }
    if (this.#lines >= mostLines) {
      this.#untold++;
      return;
    }
    this.#lines++;
    const more = this.#untold > 0 ? `; ${this.#untold} more before, not shown` : '';
    this.#untold = 0;
    lwslErr(`unhandled ${kind}: ${shown(thrown)}${more}`);
  }

  /** Has those of this process come here. */
  watch(): void {
    process.on('uncaughtException', (error, origin) =>
      this.take(origin === 'unhandledRejection' ? 'rejection' : 'exception', error),
    );
  }
}

function shown(thrown: unknown): string {
  try {
    return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  } catch {
    return 'something that cannot be shown';
  }
}
