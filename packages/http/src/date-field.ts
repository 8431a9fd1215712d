import type { Clock } from '@lws-ts/interface';

const SECOND_MS = 1000;

/** The Date field (RFC 9110 §6.6.1) as bytes. While answers are given it is made once a second, and the clock not asked between. */
export class DateField {
  readonly #clock: Clock;
  readonly #bytes: Uint8Array;
  #second: number;
  /** The second is not over. */
  #current: boolean;
  readonly #pass: () => void;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#bytes = new Uint8Array(DateField.length);
    this.#second = Number.NaN;
    this.#current = false;
    this.#pass = () => {
      this.#current = false;
    };
  }

  static readonly length = 37;

  /** The second that it says, since 1970. */
  get second(): number {
    if (!this.#current) this.#make();
    return this.#second;
  }

  /** `date: Sun, 06 Nov 1994 08:49:37 GMT` with its line end. */
  get bytes(): Uint8Array {
    if (!this.#current) this.#make();
    return this.#bytes;
  }

  #make(): void {
    const wall = this.#clock.wallNow();
    const second = Math.floor(wall / SECOND_MS);
    this.#current = true;
    this.#clock.wakeAt(this.#clock.now() + (second + 1) * SECOND_MS - wall, this.#pass);
    if (second === this.#second) return;
    this.#second = second;
    const text = `date: ${new Date(second * SECOND_MS).toUTCString()}\r\n`;
    for (let at = 0; at < text.length; at++) this.#bytes[at] = text.charCodeAt(at);
  }
}
