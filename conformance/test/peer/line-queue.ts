/** Lines that come when they come, taken one by one. */
export class LineQueue {
  #lines: string[] = [];
  #waiting: ((line: string | undefined) => void) | undefined = undefined;

  add(line: string): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#lines.push(line);
    else waiting(line);
  }

  /** The next line; undefined when none comes in time. One at a time. */
  async next(withinMs: number): Promise<string | undefined> {
    const line = this.#lines.shift();
    if (line !== undefined) return line;
    return await new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting = undefined;
        resolve(undefined);
      }, withinMs);
      this.#waiting = (late) => {
        clearTimeout(timer);
        resolve(late);
      };
    });
  }
}
