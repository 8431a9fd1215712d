import type { Clock } from '@lws-ts/interface';
import { OPCODE } from '@lws-ts/ws-framing';
import type { FrameOutput } from './frame-output.ts';
import type { ResolvedWsOptions } from './options.ts';

/**
 * When a peer last showed life, and what is due when it does not. Every byte received counts: the pong that
 * a ping asks for cannot stand inside a long frame. lws: validity
 */
export class Validity {
  /** Of the last ping that was answered. */
  rttMs: number | undefined = undefined;
  readonly #clock: Clock;
  readonly #pingMs: number;
  readonly #hangupMs: number;
  #provenAt: number;
  /** When the ping left that is not answered yet. */
  #pingedAt: number | undefined = undefined;
  /** One ping for each time of silence. */
  #asked = false;
  /** Output that the peer had not taken when it was last looked at, in bytes; 0: it was not waited for. */
  #untaken = 0;

  constructor(pingSecs: number, hangupSecs: number, clock: Clock) {
    this.#clock = clock;
    this.#pingMs = pingSecs > 0 ? pingSecs * 1000 : Number.POSITIVE_INFINITY;
    this.#hangupMs = hangupSecs > 0 ? hangupSecs * 1000 : Number.POSITIVE_INFINITY;
    this.#provenAt = clock.now();
  }

  /** Undefined when both options are off. */
  static of(options: ResolvedWsOptions, clock: Clock): Validity | undefined {
    const { validPingSecs, hangupSecs } = options;
    if (validPingSecs === 0 && hangupSecs === 0) return undefined;
    return new Validity(validPingSecs, hangupSecs, clock);
  }

  /** The peer showed life. */
  proven(): void {
    this.#provenAt = this.#clock.now();
    this.#asked = false;
  }

  /**
   * Output waits for the peer, and nothing that it says is heard meanwhile: what it took since the last look is its
   * sign of life.
   *
   * @param untaken what waits, in bytes
   */
  takesNone(untaken: number): void {
    if (this.#untaken === 0 || untaken < this.#untaken) this.proven();
    this.#untaken = untaken;
  }

  /** No output waits for it any more. */
  takesMore(): void {
    if (this.#untaken === 0) return;
    this.#untaken = 0;
    this.proven();
  }

  /** A pong without payload came, as our pings ask for. */
  ponged(): void {
    if (this.#pingedAt === undefined) return;
    this.rttMs = this.#clock.now() - this.#pingedAt;
    this.#pingedAt = undefined;
  }

  /** Sends the ping that may be due, one for each time of silence; false when the peer is to be dropped. */
  look(output: FrameOutput): boolean {
    const now = this.#clock.now();
    const silence = now - this.#provenAt;
    if (silence >= this.#hangupMs) return false;
    if (silence < this.#pingMs || this.#asked) return true;
    this.#asked = true;
    this.#pingedAt = now;
    output.bytes(OPCODE.ping, true, noBytes);
    return true;
  }

  /** Milliseconds until something may be due. */
  get nextMs(): number {
    const silence = this.#clock.now() - this.#provenAt;
    // with hangup off, the next silence may begin as soon as the answer comes
    const wait = this.#asked
      ? Math.min(this.#hangupMs, silence + this.#pingMs)
      : Math.min(this.#pingMs, this.#hangupMs);
    return Math.max(1, wait - silence);
  }
}

const noBytes = new Uint8Array(0);
