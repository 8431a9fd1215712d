/** Time as the loop sees it. Core's timer wheel stands on it; tests turn it by hand. */
export interface Clock {
  /** Monotonic time in ms, fractions allowed. */
  now(): number;
  /** Wall time in ms since 1970. */
  wallNow(): number;
  /** Runs `run` once, not before `now()` reads `at`. The result cancels it. */
  wakeAt(at: number, run: () => void): () => void;
}
