/** So many a second in the mean, and so many at once. */
export interface Rate {
  readonly perSec: number;
  readonly burst: number;
}

/** What one peer has left of one {@link Rate}. It begins full. */
export class TokenBucket {
  #tokens: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#tokens = rate.burst;
    this.#at = now;
  }

  /**
   * Takes `amount`, or nothing and says false. What is more than a whole burst is let through when the bucket is
   * full, and paid for by what comes after it.
   */
  take(rate: Rate, amount: number, now: number): boolean {
    const filled = this.#tokens + ((now - this.#at) / 1000) * rate.perSec;
    this.#tokens = Math.min(rate.burst, filled);
    this.#at = now;
    if (this.#tokens < Math.min(amount, rate.burst)) return false;
    this.#tokens -= amount;
    return true;
  }

  /** How long after the last `take` `amount` would be let through, in seconds; 0 when it would be. */
  waitSecs(rate: Rate, amount: number): number {
    return Math.max(0, Math.min(amount, rate.burst) - this.#tokens) / rate.perSec;
  }
}
