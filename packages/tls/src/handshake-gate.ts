/** How many handshakes of a context are under way; who comes too early waits, in order. */
export class HandshakeGate {
  readonly #limit: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  /** @param limit 0: none */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Starts one, now or when it is its turn; the result gives its place up, however it ended. */
  enter(start: () => void): () => void {
    let running = false;
    const begin = (): void => {
      running = true;
      this.#running++;
      start();
    };
    if (this.#limit === 0 || this.#running < this.#limit) begin();
    else this.#waiting.add(begin);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      if (!running) this.#waiting.delete(begin);
      else {
        this.#running--;
        for (const next of this.#waiting) {
          this.#waiting.delete(next);
          next();
          return;
        }
      }
    };
  }
}
