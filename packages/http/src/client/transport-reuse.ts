import type { RoleHost } from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import type { IdleLimits, IdleTransports } from './idle-transports.ts';
import { Pipeline } from './pipeline.ts';
import type { WaitingRequest } from './waiting-request.ts';

/**
 * What becomes of a connection once the answer to a request is complete: it goes on with the request that was sent behind
 * that one, waits for another, or ends.
 */
export class TransportReuse {
  /** Its connection goes on with the request behind it. */
  passedOn = false;
  readonly #host: RoleHost;
  readonly #idle: IdleTransports;
  readonly #limits: IdleLimits;
  readonly #way: { readonly key: string };
  /** What was sent behind the request, where requests may be. */
  #pipeline: Pipeline | undefined = undefined;
  /** Bytes behind the answer, which nobody asked for. */
  #excess = 0;
  /** Of what came in the call that ended the answer, the rest. */
  #behind: Uint8Array = nothing;

  /** @param way of the request: `key` tells where its connection leads */
  constructor(
    host: RoleHost,
    way: { readonly key: string },
    idle: IdleTransports,
    limits: IdleLimits,
  ) {
    this.#host = host;
    this.#way = way;
    this.#idle = idle;
    this.#limits = limits;
  }

  /** Others were sent behind it. */
  get followed(): boolean {
    return this.#pipeline?.busy === true;
  }

  /** From now on others may be sent behind it. */
  open(): void {
    this.#pipeline ??= new Pipeline(this.#host, this.#idle, this.#way.key, []);
    this.#pipeline.open();
  }

  /** Others were, by the connection that it has now. */
  precedes(behind: readonly WaitingRequest[]): void {
    this.#pipeline = new Pipeline(this.#host, this.#idle, this.#way.key, behind);
  }

  /** Sends those that wait. */
  pump(): void {
    this.#pipeline?.pump();
  }

  /** Whoever was sent behind it has to be sent anew. */
  drop(): void {
    this.#pipeline?.drop();
    this.#pipeline = undefined;
  }

  /** Bytes that nobody asked for: no request can follow. */
  exceeds(bytes: number): void {
    this.#excess += bytes;
  }

  /** `bytes` from `at` on came behind the answer: they are of those that follow, until `forget`, or of nobody. */
  cameBehind(bytes: Uint8Array, at: number): void {
    if (this.followed) this.#behind = new Uint8Array(bytes.subarray(at));
    else this.#excess += bytes.length - at;
  }

  /** What came behind the answer waits elsewhere, or was passed on. */
  forget(): void {
    this.#behind = nothing;
  }

  /**
   * The answer is complete.
   *
   * @param kept the server would serve another request on the connection
   * @param unsent some of the request was not sent: nobody waits for the rest
   */
  settle(kept: boolean, unsent: boolean): void {
    const host = this.#host;
    if (this.#excess > 0)
      host.report(httpErrors.LWS_ERR_HTTP_ANSWER_EXCESS, `${this.#excess} bytes`);
    const free = kept && this.#excess === 0 && !unsent;
    if (free && host.open && this.#passOn()) return;
    const transport = free && host.open ? host.handOver() : undefined;
    if (transport !== undefined) this.#idle.put(this.#way.key, transport, this.#limits);
    else if (unsent) host.abort();
    else host.finish();
  }

  /** To the request that was sent behind it. */
  #passOn(): boolean {
    const passing = (): void => {
      this.passedOn = true;
    };
    const passed = this.#pipeline?.pass(this.#behind, passing) === true;
    if (!passed) this.passedOn = false;
    return passed;
  }
}

const nothing = new Uint8Array(0);
