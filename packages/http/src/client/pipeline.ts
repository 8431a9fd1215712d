/**
 * Requests that follow each other by one connection before the first of them is answered (RFC 9112 §9.3.2): heads
 * without a body, of idempotent methods, behind one that is such too. Whoever is answered passes the connection on to
 * the next; what is left unanswered by a connection that ended is sent once more, and not in a pipeline again.
 */
import type { RoleHost } from '@lws-ts/interface';
import type { TransportSource } from './client-requester.ts';
import type { WaitingRequest } from './waiting-request.ts';

/** RFC 9110 §9.2.2 */
export const idempotentMethods: ReadonlySet<string> = new Set([
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'TRACE',
]);

/** Unanswered requests behind the one that is being answered. */
const mostSent = 32;

/** What stands behind the request that is being answered. */
export class Pipeline {
  readonly #host: RoleHost;
  readonly #source: TransportSource;
  readonly #key: string;
  #sent: WaitingRequest[];

  /** @param sent those that were sent by its connection already */
  constructor(
    host: RoleHost,
    source: TransportSource,
    key: string,
    sent: readonly WaitingRequest[],
  ) {
    this.#host = host;
    this.#source = source;
    this.#key = key;
    this.#sent = [...sent];
  }

  /** Something was sent behind it. */
  get busy(): boolean {
    return this.#sent.length > 0;
  }

  /** From now on others may be sent. */
  open(): void {
    this.#source.leads(this.#key, this.#host);
  }

  /** Sends what waits, as far as it may be sent. */
  pump(): void {
    while (this.#sent.length < mostSent && this.#host.open && this.#host.room) {
      const request = this.#source.firstWaiting(this.#key);
      const became = request?.send(this.#host) ?? 'stays';
      if (request === undefined || became === 'stays') return;
      this.#source.dropFirst(this.#key);
      if (became === 'sent') this.#sent.push(request);
    }
  }

  /**
   * The one that was answered gives the connection to the next.
   *
   * @param behind what came behind its answer
   * @param passing told before the connection is over for it
   */
  pass(behind: Uint8Array, passing: () => void): boolean {
    const [next, ...others] = this.#sent;
    if (next === undefined) return false;
    // so that it counts as gone to throughout
    this.#source.begins(this.#key);
    passing();
    const passed = this.#host.passOn();
    if (passed === undefined) {
      this.#source.ends(this.#key, true);
      return false;
    }
    this.#sent = [];
    if (next.follow(passed.transport, joined(behind, passed.came), others)) return true;
    // its answer will come all the same, and is nobody's
    passed.transport.abort();
    this.#source.ends(this.#key, false);
    for (const one of others) one.unanswered();
    return true;
  }

  /** The connection is of no use to those that were sent. */
  drop(): void {
    const sent = this.#sent;
    this.#sent = [];
    for (const one of sent) one.unanswered();
  }
}

function joined(before: Uint8Array, behind: Uint8Array): Uint8Array {
  if (behind.length === 0) return before;
  const all = new Uint8Array(before.length + behind.length);
  all.set(before);
  all.set(behind, before.length);
  return all;
}
