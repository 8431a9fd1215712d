import type { Clock } from '@lws-ts/interface';

const SECOND_MS = 1000;

/**
 * The Date field (RFC 9110 §6.6.1) as bytes, made once a second. No wake-up makes it: that comes late where a handler takes
 * its time.
 *
 * The answers to all that one read brought may have one date: the clock is asked once between {@link hold} and
 * {@link release}, but for answers that must be dated exactly.
 */
export class DateField {
  readonly #clock: Clock;
  readonly #bytes: Uint8Array;
  /** What the bytes say. */
  #made: number;
  #held: boolean;
  /** As of the last look at the clock; NaN where the next one has to look. */
  #last: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#bytes = new Uint8Array(DateField.length);
    this.#made = Number.NaN;
    this.#held = false;
    this.#last = Number.NaN;
  }

  static readonly length = 37;

  /** The second that it says, since 1970. */
  get second(): number {
    return this.#held && !Number.isNaN(this.#last) ? this.#last : this.exactSecond;
  }

  /** The same as of now, held or not: Last-Modified must not be after Date (RFC 9110 §8.8.2.1). */
  get exactSecond(): number {
    this.#last = Math.floor(this.#clock.wallNow() / SECOND_MS);
    return this.#last;
  }

  /** `date: Sun, 06 Nov 1994 08:49:37 GMT` with its line end, of now. */
  get bytes(): Uint8Array {
    return this.bytesOf(this.exactSecond);
  }

  /** The same of a second since 1970. Valid until it is asked for again. */
  bytesOf(second: number): Uint8Array {
    if (second !== this.#made) {
      this.#made = second;
      const text = `date: ${new Date(second * SECOND_MS).toUTCString()}\r\n`;
      for (let at = 0; at < text.length; at++) this.#bytes[at] = text.charCodeAt(at);
    }
    return this.#bytes;
  }

  /** What is answered from now on is answered at one time, until {@link release}. */
  hold(): void {
    this.#held = true;
    this.#last = Number.NaN;
  }

  release(): void {
    this.#held = false;
  }
}

const dates = new WeakMap<Clock, DateField>();

/** The one of all vhosts of a context, by its clock. */
export function dateOf(clock: Clock): DateField {
  let date = dates.get(clock);
  if (date === undefined) {
    date = new DateField(clock);
    dates.set(clock, date);
  }
  return date;
}
