/** What the log is told of archives: bounded, so that no archive fills a disk. */
import type { Clock } from '@lws-ts/interface';

/** Lines about one archive in a minute. */
const LINES_OF_ONE = 10;
/** Lines about all of them in a second. */
const LINES_OF_ALL = 10;
/** Archives that are told apart; beyond them the one seen longest ago begins anew. */
const MOST_ARCHIVES = 256;
/** Entries that the line about a reading names. */
export const NAMED = 8;

/** Lines that may be written in a window of time. */
class Budget {
  readonly #lines: number;
  readonly #windowMs: number;
  #since: number;
  #written: number;

  constructor(lines: number, windowMs: number, now: number) {
    this.#lines = lines;
    this.#windowMs = windowMs;
    this.#since = now;
    this.#written = 0;
  }

  has(now: number): boolean {
    if (now - this.#since >= this.#windowMs) {
      this.#since = now;
      this.#written = 0;
    }
    return this.#written < this.#lines;
  }

  spend(): void {
    this.#written += 1;
  }
}

/** Writes a line for each reading of an archive that has entries which are not served, and for each found later. */
export class ArchiveLog {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #write: (line: string) => void;
  readonly #all: Budget;
  /** Of its own: lines about a function of the program must not hide those about archives. */
  readonly #thrown: Budget;
  readonly #archives = new Map<string, Budget>();
  #withheld: number;

  constructor(clock: Pick<Clock, 'now'>, write: (line: string) => void) {
    this.#clock = clock;
    this.#write = write;
    this.#all = new Budget(LINES_OF_ALL, 1000, clock.now());
    this.#thrown = new Budget(1, 1000, clock.now());
    this.#withheld = 0;
  }

  /**
   * An archive was read.
   *
   * @param named the first of its refused entries, each with the reason
   */
  read(archive: string, named: readonly string[], refused: number, entries: number): void {
    const more = refused > named.length ? `, and ${refused - named.length} more` : '';
    this.#tell(
      archive,
      `${refused} of ${entries} entries are not served: ${named.join('; ')}${more}`,
    );
  }

  /** An entry was found wrong when it was opened. */
  found(archive: string, entry: string, why: string): void {
    this.#tell(archive, `${entry} is not served: ${why}`);
  }

  /** The function that is told of refused entries failed; of what it throws one a second is shown. */
  threw(archive: string, error: unknown): void {
    if (!this.#thrown.has(this.#clock.now())) return;
    this.#thrown.spend();
    const what = error instanceof Error ? error.message : typeof error;
    this.#write(`${archive}: refused threw: ${what}`);
  }

  #tell(archive: string, what: string): void {
    const now = this.#clock.now();
    const budget = this.#budgetOf(archive, now);
    if (!budget.has(now) || !this.#all.has(now)) {
      this.#withheld += 1;
      return;
    }
    budget.spend();
    this.#all.spend();
    const more = this.#withheld > 0 ? ` (${this.#withheld} lines about archives not shown)` : '';
    this.#withheld = 0;
    this.#write(`${archive}: ${what}${more}`);
  }

  #budgetOf(archive: string, now: number): Budget {
    const budget = this.#archives.get(archive) ?? new Budget(LINES_OF_ONE, 60_000, now);
    this.#archives.delete(archive);
    this.#archives.set(archive, budget);
    for (const oldest of this.#archives.keys()) {
      if (this.#archives.size <= MOST_ARCHIVES) break;
      this.#archives.delete(oldest);
    }
    return budget;
  }
}
