import type { Clock } from '@lws-ts/interface';

/** The Date field (RFC 9110 §6.6.1) as bytes, made once a second. */
export class DateField {
  readonly #clock: Clock;
  readonly #bytes: Uint8Array;
  #second: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#bytes = new Uint8Array(DateField.length);
    this.#second = Number.NaN;
  }

  static readonly length = 37;

  /** `date: Sun, 06 Nov 1994 08:49:37 GMT` with its line end. */
  get bytes(): Uint8Array {
    const second = Math.floor(this.#clock.wallNow() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      const text = `date: ${new Date(second * 1000).toUTCString()}\r\n`;
      for (let at = 0; at < text.length; at++) this.#bytes[at] = text.charCodeAt(at);
    }
    return this.#bytes;
  }
}
