/** Of one error code the log shows so many lines a second, so that no more may be asked for. */
import { setTimeout as sleep } from 'node:timers/promises';

const linesASecond = 10;

export class LogRoom {
  readonly #shown = new Map<string, { since: number; lines: number }>();

  /** Until a line of each of `codes` would be shown; counts them. */
  async wait(codes: readonly string[]): Promise<void> {
    for (const code of codes) {
      const last = this.#shown.get(code);
      const age = performance.now() - (last?.since ?? Number.NEGATIVE_INFINITY);
      if (last !== undefined && age < 1000 && last.lines < linesASecond) last.lines++;
      else {
        if (age < 1100) await sleep(1100 - age);
        this.#shown.set(code, { since: performance.now(), lines: 1 });
      }
    }
  }
}
