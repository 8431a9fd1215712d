import type { Clock } from '@lws-ts/interface';

const SECOND_MS = 1000;

/**
 * The Date field (RFC 9110 §6.6.1) as bytes, made once a second. The clock is asked each time: a wake-up comes late where a
 * handler takes its time, and Last-Modified must not be after Date (RFC 9110 §8.8.2.1).
 */
export class DateField {
  readonly #clock: Clock;
  readonly #bytes: Uint8Array;
  #made: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#bytes = new Uint8Array(DateField.length);
    this.#made = Number.NaN;
  }

  static readonly length = 37;

  /** The second that it says, since 1970. */
  get second(): number {
    return Math.floor(this.#clock.wallNow() / SECOND_MS);
  }

  /** `date: Sun, 06 Nov 1994 08:49:37 GMT` with its line end. */
  get bytes(): Uint8Array {
    const { second } = this;
    if (second !== this.#made) {
      this.#made = second;
      const text = `date: ${new Date(second * SECOND_MS).toUTCString()}\r\n`;
      for (let at = 0; at < text.length; at++) this.#bytes[at] = text.charCodeAt(at);
    }
    return this.#bytes;
  }
}
