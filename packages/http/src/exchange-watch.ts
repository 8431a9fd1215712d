/** Looks at both directions of an exchange in their time: whether the peer sends its body, and takes its answer. */
import type { Clock, CodedError, RoleHost } from '@lws-ts/interface';
import { httpErrors } from './errors.ts';
import type { H1Deadline } from './h1-deadline.ts';
import { FIRST_LOOK_SECS, ProgressWatch, WATCH_SECS } from './progress-watch.ts';
import type { RequestBody } from './request-body.ts';

export class ExchangeWatch {
  readonly #progress = new ProgressWatch();
  readonly #host: RoleHost;
  readonly #clock: Clock;
  readonly #body: RequestBody;
  readonly #deadline: H1Deadline;

  constructor(host: RoleHost, clock: Clock, body: RequestBody, deadline: H1Deadline) {
    this.#host = host;
    this.#clock = clock;
    this.#body = body;
    this.#deadline = deadline;
  }

  /** Bytes went out. */
  wrote(bytes: number): void {
    this.#progress.wrote(bytes);
  }

  bodyBegins(): void {
    this.#progress.bodyBegins(this.#clock.now());
    this.start();
  }

  /** The first look comes next. */
  start(): void {
    this.#progress.start();
    this.#deadline.content(FIRST_LOOK_SECS);
  }

  /**
   * Why the exchange cannot go on; else the next look comes in its time.
   *
   * @param inExchange the body may be somebody's
   */
  look(inExchange: boolean): CodedError | undefined {
    const host = this.#host;
    if (this.#progress.answerStalled(host.pendingBytes, host.transport))
      return httpErrors.LWS_ERR_HTTP_STALLED;
    // Only the peer's own slowness counts, not that the responder does not read.
    const due = inExchange && this.#body.wanted && host.rxFlowing;
    if (this.#progress.bodyStalled(this.#body.received, due, this.#clock.now()))
      return httpErrors.LWS_ERR_HTTP_BODY_TIMEOUT;
    this.#deadline.content(WATCH_SECS);
    return undefined;
  }
}
