import type { RoleHost } from '@lws-ts/interface';

const NONE = 0;
const HEAD = 1;
const IDLE = 2;
const CONTENT = 3;

/** The one deadline of a connection: which one runs, so that it is not armed for nothing. */
export class H1Deadline {
  readonly #host: RoleHost;
  #running: number;

  constructor(host: RoleHost) {
    this.#host = host;
    this.#running = NONE;
  }

  get running(): boolean {
    return this.#running !== NONE;
  }

  /** For a head to be complete; one that runs already goes on. */
  head(secs: number): void {
    if (this.#running === HEAD) return;
    this.#running = HEAD;
    this.#host.setTimeout('http-head', secs);
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
