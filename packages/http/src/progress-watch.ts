/**
 * Whether a peer keeps up: with sending a request body, and with taking an answer. Looked at every
 * `WATCH_SECS` while one of them is under way, so that a slow peer holds nothing for ever.
 */

import type { Transport } from '@lws-ts/interface';

/** How often progress is judged, in seconds. */
export const WATCH_SECS = 5;
/** The least that a request body moves, bytes a second; so many looks in a row below it are too many. */
const BODY_RATE = 256;
const SLOW_BODY_LOOKS = 2;
/** When a request body has to be complete, in ms. */
const BODY_MS = 300_000;
/** The same for an answer that is on its way. */
const ANSWER_RATE = 1024;
const SLOW_ANSWER_LOOKS = 5;

export class ProgressWatch {
  #written: number;
  #sent: number;
  /** What of it the peer had confirmed at the last look, which was a slow one; else NaN. */
  #confirmed: number;
  #bodyLeft: number;
  #bodySince: number;
  #slowAnswer: number;
  #slowBody: number;

  constructor() {
    this.#written = 0;
    this.#sent = 0;
    this.#confirmed = Number.NaN;
    this.#bodyLeft = 0;
    this.#bodySince = 0;
    this.#slowAnswer = 0;
    this.#slowBody = 0;
  }

  /** Bytes went out. */
  wrote(bytes: number): void {
    this.#written += bytes;
  }

  /** A request body begins. @param now ms */
  bodyBegins(now: number): void {
    this.#bodySince = now;
  }

  /** The first look. @param pending bytes written and not yet taken */
  start(pending: number, bodyLeft: number): void {
    this.#sent = this.#written - pending;
    this.#confirmed = Number.NaN;
    this.#bodyLeft = bodyLeft;
    this.#slowAnswer = 0;
    this.#slowBody = 0;
  }

  /**
   * A later look: whether the peer has taken too little for too long. A kernel takes large bites seldom; where
   * it took none it is asked what the peer had of it.
   */
  answerStalled(pending: number, kernel: Pick<Transport, 'unconfirmedBytes'>): boolean {
    const due = ANSWER_RATE * WATCH_SECS;
    const sent = this.#written - pending;
    let slow = pending > 0 && sent - this.#sent < due;
    let confirmed = Number.NaN;
    if (slow) {
      confirmed = sent - (kernel.unconfirmedBytes?.() ?? 0);
      slow = !(confirmed - this.#confirmed >= due);
    }
    this.#sent = sent;
    this.#confirmed = confirmed;
    this.#slowAnswer = slow ? this.#slowAnswer + 1 : 0;
    return this.#slowAnswer >= SLOW_ANSWER_LOOKS;
  }

  /** The same for the body. @param due false while it is not the peer that is waited for */
  bodyStalled(bodyLeft: number, due: boolean, now: number): boolean {
    const slow = due && this.#bodyLeft - bodyLeft < BODY_RATE * WATCH_SECS;
    this.#bodyLeft = bodyLeft;
    this.#slowBody = slow ? this.#slowBody + 1 : 0;
    return this.#slowBody >= SLOW_BODY_LOOKS || (due && now - this.#bodySince >= BODY_MS);
  }
}
