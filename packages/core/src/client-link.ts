/**
 * What stands between a client connection and being established: its socket on the way, the deadline of the
 * attempt, attempts after failures, and the program's signal. Gone once the connection is established.
 */
import { type CodedError, type DialTarget, LwsError, type Transport } from '@lws-ts/interface';
import { type Dialing, type DialOptions, type DialSink, dial } from './dial.ts';
import { coreErrors } from './errors.ts';
import { Backoff, type RetryPolicy } from './retry.ts';
import { holdProcess } from './system-clock.ts';
import { TimerEntry, type TimerOwner, type TimerWheel } from './timer-wheel.ts';

/** What a link is told by the call that made it. */
export interface LinkOptions extends DialOptions {
  /** For each attempt: name, socket, TLS, proxy and handshake together. */
  readonly connectTimeoutSecs: number;
  readonly retry: RetryPolicy | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The connection, as its link sees it. */
export interface LinkOwner {
  attempt(): void;
  dialled(transport: Transport): void;
  /** `final`: whatever the policy says, no other attempt follows. */
  attemptFailed(error: CodedError, final: boolean): void;
  connectTimedOut(): void;
}

export class ClientLink implements TimerOwner, DialSink {
  readonly #owner: LinkOwner;
  readonly #wheel: TimerWheel;
  readonly #options: LinkOptions;
  readonly #backoff: Backoff | undefined;
  readonly #deadline: TimerEntry;
  readonly #pause: TimerEntry;
  readonly #onAbort: () => void;
  #dialing: Dialing | undefined = undefined;
  /** Between two attempts nothing else keeps the process. */
  #letGo: (() => void) | undefined = undefined;

  constructor(owner: LinkOwner, wheel: TimerWheel, options: LinkOptions) {
    this.#owner = owner;
    this.#wheel = wheel;
    this.#options = options;
    this.#backoff = options.retry === undefined ? undefined : new Backoff(options.retry);
    this.#deadline = new TimerEntry(this);
    this.#pause = new TimerEntry(this);
    this.#onAbort = () => owner.attemptFailed(aborted(options.signal), true);
  }

  /** The first attempt. */
  begin(): void {
    const { signal } = this.#options;
    if (signal?.aborted === true) this.#onAbort();
    else {
      signal?.addEventListener('abort', this.#onAbort, { once: true });
      this.#begin();
    }
  }

  /** Opens a socket; one that is under way is given up. */
  dial(target: DialTarget): void {
    this.#dialing?.cancel();
    this.#dialing = dial(target, this.#options, this);
  }

  /** The attempt failed: true when another one follows. */
  again(): boolean {
    this.#stop();
    const backoff = this.#backoff;
    if (backoff === undefined) return false;
    const ms = backoff.next();
    if (!backoff.concealed) return false;
    this.#wheel.arm(this.#pause, ms);
    this.#letGo ??= holdProcess();
    return true;
  }

  /** Established, or over. */
  end(): void {
    this.#stop();
    this.#wheel.disarm(this.#pause);
    this.#release();
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
  }

  connected(transport: Transport): void {
    this.#dialing = undefined;
    this.#owner.dialled(transport);
  }

  failed(error: LwsError): void {
    this.#dialing = undefined;
    this.#owner.attemptFailed(error, false);
  }

  expired(entry: TimerEntry): void {
    if (entry === this.#pause) this.#begin();
    else this.#owner.connectTimedOut();
  }

  #begin(): void {
    this.#release();
    this.#wheel.arm(this.#deadline, this.#options.connectTimeoutSecs * 1000);
    this.#owner.attempt();
  }

  #release(): void {
    this.#letGo?.();
    this.#letGo = undefined;
  }

  #stop(): void {
    this.#dialing?.cancel();
    this.#dialing = undefined;
    this.#wheel.disarm(this.#deadline);
  }
}

function aborted(signal: AbortSignal | undefined): LwsError {
  return new LwsError(coreErrors.LWS_ERR_CONNECT_ABORTED, 'its signal was aborted', {
    cause: signal?.reason,
  });
}
