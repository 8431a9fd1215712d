import type { RoleHost } from '@lws-ts/interface';

const NONE = 0;
const HEAD = 1;
const IDLE = 2;
const CONTENT = 3;

/** The deadline of a connection: which one runs, so that it is not armed for nothing. Beside it that of an answer. */
export class H1Deadline {
  readonly #host: RoleHost;
  #running: number;
  /** When the head has to be complete, ms. */
  #headBy: number;
  /** How long the answer in hand is waited for, in seconds; 0 while none is. */
  #answerSecs: number;

  constructor(host: RoleHost) {
    this.#host = host;
    this.#running = NONE;
    this.#headBy = 0;
    this.#answerSecs = 0;
  }

  get running(): boolean {
    return this.#running !== NONE;
  }

  /** For a head to be complete; one that runs already goes on. */
  head(secs: number, now: number): void {
    if (this.#running === HEAD) return;
    this.#running = HEAD;
    this.#headBy = now + secs * 1000;
    this.#host.setTimeout('http-head', secs);
  }

  /** Fires once in `secs`, or when the head has to be complete if that is sooner. */
  look(secs: number, now: number): void {
    this.#running = HEAD;
    this.#host.setTimeout(
      'http-head',
      Math.max(0, Math.min(secs * 1000, this.#headBy - now)) / 1000,
    );
  }

  /** The time for the head is over. */
  headOver(now: number): boolean {
    return now >= this.#headBy - 1;
  }

  /** For the next request to begin; any other that runs goes on. */
  idle(secs: number): void {
    if (this.#running !== NONE) return;
    this.#running = IDLE;
    this.#host.setTimeout('http-keepalive-idle', secs);
  }

  /** For the next look at bodies; takes the place of any other. */
  content(secs: number): void {
    this.#running = CONTENT;
    this.#host.setTimeout('http-content', secs);
  }

  /** For an answer to begin. */
  answer(secs: number): void {
    this.#answerSecs = secs;
    this.#host.setTimeout('http-answer', secs);
  }

  /** An answer that is waited for has its time anew: its request goes on. */
  answerPutOff(): void {
    if (this.#answerSecs > 0) this.#host.setTimeout('http-answer', this.#answerSecs);
  }

  /** No answer is waited for. */
  answered(): void {
    if (this.#answerSecs === 0) return;
    this.#answerSecs = 0;
    this.#host.setTimeout('http-answer', 0);
  }

  /** It is over. */
  fired(): void {
    this.#running = NONE;
  }

  clear(): void {
    if (this.#running === NONE) return;
    this.#running = NONE;
    this.#host.clearTimeout();
  }
}
