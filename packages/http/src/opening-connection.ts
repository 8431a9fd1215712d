/**
 * A connection of a vhost that takes what is not HTTP too, until its first bytes show what it is: it becomes an
 * HTTP/1.1 connection or another role's, with all that came.
 */
import type {
  ContextView,
  RoleFallback,
  RoleHost,
  RoleState,
  TimeoutReason,
} from '@lws-ts/interface';
import { httpErrors } from './errors.ts';
import { MethodStart } from './framing/method-start.ts';
import { H1Connection } from './h1-connection.ts';
import { siteOf } from './http-site.ts';
import { writeRefusal } from './refusal.ts';

const noBytes = new Uint8Array(0);

export class OpeningConnection implements RoleState {
  readonly name = 'h1';
  readonly #host: RoleHost;
  readonly #context: ContextView;
  readonly #fallback: RoleFallback;
  readonly #start = new MethodStart();
  readonly #since: number;

  constructor(host: RoleHost, context: ContextView, fallback: RoleFallback) {
    this.#host = host;
    this.#context = context;
    this.#fallback = fallback;
    this.#since = context.clock.now();
    const { silenceSecs } = fallback;
    host.lend(true);
    host.setTimeout('http-head', silenceSecs > 0 ? silenceSecs : this.#headSecs());
  }

  rx(bytes: Uint8Array): number {
    const http = this.#start.push(bytes);
    if (http === false) this.#fallBack(bytes);
    else if (http === true) {
      // the time for the head began with the connection
      const spent = (this.#context.clock.now() - this.#since) / 1000;
      const all = this.#start.with(bytes);
      this.#host.become((host) => new H1Connection(host, this.#context, spent), all);
    }
    return bytes.length;
  }

  timeout(_reason: TimeoutReason): void {
    if (this.#fallback.silenceSecs > 0) this.#fallBack(noBytes);
    // who has said nothing is told nothing
    else if (this.#start.length === 0) this.#host.finish();
    else writeRefusal(this.#host, 408, [], httpErrors.LWS_ERR_HTTP_HEAD_TIMEOUT);
  }

  peerEnded(): void {
    this.#host.finish();
  }

  closing(): boolean {
    return false;
  }

  threw(): void {
    this.#host.abort();
  }

  service(): boolean {
    return false;
  }

  writeable(): void {}

  timer(): void {}

  drained(): void {}

  leaving(): void {}

  gone(): void {}

  #headSecs(): number {
    return siteOf(this.#host.vhost).options.timeoutSecs;
  }

  #fallBack(bytes: Uint8Array): void {
    this.#host.become((host) => this.#fallback.accept(host), this.#start.with(bytes));
  }
}
