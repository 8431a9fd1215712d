/** What follows an answer: another request in its time, after what is left of the body was dropped, or the end. */
import type { CodedError, RoleHost } from '@lws-ts/interface';
import { httpErrors } from './errors.ts';
import type { H1Deadline } from './h1-deadline.ts';
import { DRAIN, FLUSH, IDLE } from './h1-phase.ts';
import type { RequestBody } from './request-body.ts';

/** How long what is left of an unread request body is waited for, in seconds. */
const DRAIN_SECS = 1;

export class AfterAnswer {
  readonly #host: RoleHost;
  readonly #body: RequestBody;
  readonly #deadline: H1Deadline;
  /** Requests that have begun. */
  #served = 0;
  /** How long the connection may be idle after the request in hand, or the last one. */
  #idleSecs = 0;
  #ending = false;

  constructor(host: RoleHost, body: RequestBody, deadline: H1Deadline) {
    this.#host = host;
    this.#body = body;
    this.#deadline = deadline;
  }

  /** A request begins. */
  begins(): void {
    this.#served++;
  }

  /** @param secs for how long the next request is waited for */
  idleFor(secs: number): void {
    this.#idleSecs = secs;
  }

  /** No request follows the current one. */
  end(): void {
    this.#ending = true;
  }

  /**
   * Whether another request may follow, as things stand.
   *
   * @param most requests of one connection
   * @param whole the answer is complete at once: nobody will read more of the body
   */
  mayFollow(most: number, whole: boolean): boolean {
    return (
      !this.#ending &&
      this.#host.open &&
      this.#served < most &&
      // What the peer still waits to send, or is too long to drop, would come as the next request.
      this.#body.passable(whole)
    );
  }

  /** The phase that a complete answer leads to; the deadline of that phase runs. @param closes as the answer said */
  next(closes: boolean): typeof FLUSH | typeof DRAIN | typeof IDLE {
    this.#deadline.clear();
    if (closes || this.#ending || this.#body.overlong) return FLUSH;
    if (!this.#body.pending) return IDLE;
    this.#deadline.content(DRAIN_SECS);
    return DRAIN;
  }

  /** The time for the next request begins, if it does not run. */
  rest(): void {
    if (this.#served > 0) this.#deadline.idle(this.#idleSecs);
  }

  /** Why what is dropped of a body shows no end of it, or no near one: where the next request begins is not known. */
  lost(): CodedError | undefined {
    const unread = this.#body.overlong ? httpErrors.LWS_ERR_HTTP_BODY_UNREAD : undefined;
    return this.#body.violation ?? unread;
  }

  /** The peer has taken all that was said, or it does not matter. */
  get flushed(): boolean {
    return !this.#host.open || this.#host.transport.bufferedBytes === 0;
  }
}
