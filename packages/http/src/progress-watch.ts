/**
 * Whether a peer keeps up: with sending a request body, and with taking an answer. Looked at every
 * `WATCH_SECS` while one of them is under way, so that a slow peer holds nothing for ever.
 */

import type { Transport } from '@lws-ts/interface';

/** How often progress is judged, in seconds. */
export const WATCH_SECS = 2;
/** When the first look is, which only takes the measure: what a kernel takes at once is no progress of the peer. */
export const FIRST_LOOK_SECS = 0.1;
/** The least mean of a request body over five looks, in bytes a second. */
const BODY_RATE = 256;
const BODY_LOOKS = 5;
const BODY_DUE = BODY_LOOKS * BODY_RATE * WATCH_SECS;
/** When a request body has to be complete, in ms. */
const BODY_MS = 300_000;
/**
 * The least mean of an answer over ten looks, in bytes a second, while some of it is waiting. Kernels take megabytes of
 * an answer that nobody reads, for some seconds where there are many such peers: with these it is cut within thirty.
 */
const ANSWER_DUE = 1024 * WATCH_SECS;
const ANSWER_LOOKS = 10;

export class ProgressWatch {
  #written: number;
  #sent: number;
  /** What of it the peer had confirmed at the last look, where that was asked; else NaN. */
  #confirmed: number;
  /** What was taken in each of the last looks; made when there is one. */
  #taken: Float64Array | undefined;
  /** How many looks there were; -1 before the first. */
  #looks: number;
  #received: number;
  #bodySince: number;
  /** What came of a body in each of the last looks, Infinity where nothing was due; made when there is one. */
  #came: Float64Array | undefined;
  /** How many looks at a body there were; -1 before the first. */
  #bodyLooks: number;

  constructor() {
    this.#written = 0;
    this.#sent = 0;
    this.#confirmed = Number.NaN;
    this.#taken = undefined;
    this.#looks = -1;
    this.#received = 0;
    this.#bodySince = 0;
    this.#came = undefined;
    this.#bodyLooks = -1;
  }

  /** Bytes went out. */
  wrote(bytes: number): void {
    this.#written += bytes;
  }

  /** A request body begins. @param now ms */
  bodyBegins(now: number): void {
    this.#bodySince = now;
  }

  /** The first look comes next. */
  start(): void {
    this.#looks = -1;
    this.#bodyLooks = -1;
  }

  /**
   * A look: whether the mean of what the peer took in the last ten is too little. A kernel takes large bites
   * seldom; where it took little it is asked what the peer had of it.
   *
   * @param pending bytes written and not yet taken
   */
  answerStalled(pending: number, kernel: Pick<Transport, 'unconfirmedBytes'>): boolean {
    const sent = this.#written - pending;
    let taken = this.#looks < 0 ? 0 : sent - this.#sent;
    this.#sent = sent;
    if (pending === 0) {
      this.#looks = 0;
      this.#confirmed = Number.NaN;
      return false;
    }
    const before = this.#confirmed;
    this.#confirmed = Number.NaN;
    if (taken < ANSWER_DUE) {
      const unconfirmed = kernel.unconfirmedBytes?.();
      if (unconfirmed !== undefined) {
        this.#confirmed = sent - unconfirmed;
        // What was confirmed before is not known behind a good look: that one speaks for this one too.
        taken = Number.isNaN(before) ? ANSWER_DUE : Math.max(taken, this.#confirmed - before);
      }
    }
    if (++this.#looks === 0) return false;
    this.#taken ??= new Float64Array(ANSWER_LOOKS);
    this.#taken[this.#looks % ANSWER_LOOKS] = taken;
    return this.#looks >= ANSWER_LOOKS && sum(this.#taken) < ANSWER_LOOKS * ANSWER_DUE;
  }

  /**
   * The same for the body, over five looks.
   *
   * @param received bytes of it that came
   * @param due false while it is not the peer that is waited for
   */
  bodyStalled(received: number, due: boolean, now: number): boolean {
    const came = due ? received - this.#received : Number.POSITIVE_INFINITY;
    this.#received = received;
    const late = due && now - this.#bodySince >= BODY_MS;
    if (++this.#bodyLooks === 0) return late;
    if (!due && this.#came === undefined) return late;
    this.#came ??= new Float64Array(BODY_LOOKS).fill(Number.POSITIVE_INFINITY);
    this.#came[this.#bodyLooks % BODY_LOOKS] = came;
    return late || (this.#bodyLooks >= BODY_LOOKS && sum(this.#came) < BODY_DUE);
  }
}

function sum(numbers: Float64Array): number {
  let all = 0;
  for (let at = 0; at < numbers.length; at++) all += numbers[at] as number;
  return all;
}
