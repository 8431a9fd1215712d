/**
 * What stands between a client connection and being established: its socket on the way, the deadline of the
 * attempt, attempts after failures, and the program's signal. Gone once the connection is established.
 */
import { setMaxListeners } from 'node:events';
import {
  type ClientRoleState,
  type CodedError,
  type DialTarget,
  LwsError,
  type RoleState,
  type TimeoutReason,
  type Transport,
} from '@lws-ts/interface';
import { type Dialing, type DialOptions, type DialSink, dial } from './dial.ts';
import { coreErrors } from './errors.ts';
import type { ConnectionVhost } from './known-connection.ts';
import { lwslInfo } from './log.ts';
import type { Phase } from './phase.ts';
import { Backoff, type RetryPolicy } from './retry.ts';
import { holdProcess } from './system-clock.ts';
import { TimerEntry, type TimerOwner, type TimerWheel } from './timer-wheel.ts';

/** Told once how a client ended up: established, or why not. */
export type Settled = (error: CodedError | undefined) => void;

/** What a link is told by the call that made it. */
export interface LinkOptions extends DialOptions {
  /** For each attempt: name, socket, TLS, proxy and handshake together. */
  readonly connectTimeoutSecs: number;
  readonly retry: RetryPolicy | undefined;
  readonly signal: AbortSignal | undefined;
  /** All options of the call, for the TLS layer. */
  readonly given: Readonly<Record<string, unknown>>;
}

/** The loop, as a link sees it. */
export interface LinkLoop {
  readonly wheel: TimerWheel;
  run(job: () => void): void;
  watch(transport: Transport): Transport;
}

/** The connection, as its link sees it. */
export interface LinkOwner {
  readonly id: number;
  readonly vhost: ConnectionVhost;
  readonly phase: Phase;
  readonly transport: Transport;
  /** A client's, until it is established. */
  readonly role: RoleState | undefined;
  timeoutReason: TimeoutReason | undefined;
  /** Its role goes on with this transport. */
  joined(transport: Transport): void;
  /** Its transport is about to be secured, and at rest until then. */
  securing(): void;
  /** Gives up its transport, if it has one. */
  leave(): void;
  /** No attempt follows; {@link ClientLink.failure} says why. */
  cameToNothing(): void;
  /** Its role threw. */
  threw(error: unknown): void;
}

export class ClientLink implements TimerOwner, DialSink {
  readonly #owner: LinkOwner;
  readonly #loop: LinkLoop;
  readonly #wheel: TimerWheel;
  readonly #options: LinkOptions;
  readonly #backoff: Backoff | undefined;
  readonly #deadline: TimerEntry;
  readonly #pause: TimerEntry;
  /** Listens to the signal of the call, if it has one. */
  #onAbort: (() => void) | undefined = undefined;
  #dialing: Dialing | undefined = undefined;
  #over = false;
  /** The deadline of the attempt is over although it goes on. */
  #undue = false;
  /** A request is out, and `writeable` is called for it. */
  #writes = false;
  #failure: LwsError | undefined = undefined;
  #settled: Settled | undefined;
  /** Between two attempts nothing else keeps the process. */
  #letGo: (() => void) | undefined = undefined;

  constructor(
    owner: LinkOwner,
    loop: LinkLoop,
    options: LinkOptions,
    settled: Settled | undefined,
  ) {
    this.#settled = settled;
    this.#owner = owner;
    this.#loop = loop;
    this.#wheel = loop.wheel;
    this.#options = options;
    this.#backoff = options.retry === undefined ? undefined : new Backoff(options.retry);
    this.#deadline = new TimerEntry(this);
    this.#pause = new TimerEntry(this);
  }

  /** It came to nothing, and this is why. */
  get failure(): LwsError | undefined {
    return this.#failure;
  }

  /** What the role has to say may go out. */
  get writes(): boolean {
    return this.#writes;
  }

  /** The first attempt. */
  begin(): void {
    const { signal } = this.#options;
    if (signal?.aborted === true) {
      this.giveUp(aborted(signal));
      return;
    }
    if (signal !== undefined) {
      this.#onAbort = () => this.giveUp(aborted(signal));
      // one signal for many connections is no leak
      setMaxListeners(0, signal);
      signal.addEventListener('abort', this.#onAbort, { once: true });
    }
    this.#begin();
  }

  /** Opens a socket in place of the transport there is, or takes an open one; one that is under way is given up. */
  dial(target: DialTarget, take: (() => Transport | undefined) | undefined): void {
    this.#leave();
    this.#dialing?.cancel();
    if (this.#undue) this.#arm();
    this.#dialing =
      take === undefined ? dial(target, this.#options, this) : this.#takeOrDial(target, take);
  }

  /** Goes on with an open transport in place of the one there is. */
  join(transport: Transport): void {
    this.#leave();
    this.#dialing?.cancel();
    this.#dialing = undefined;
    this.#owner.joined(transport);
  }

  /** A request is on its way: how long it may take is the role's to say. */
  requested(): void {
    this.#writes = true;
    this.#undue = true;
    this.#wheel.disarm(this.#deadline);
  }

  /** TLS over the transport there is. */
  secure(serverName: string): void {
    const owner = this.#owner;
    const { security } = owner.vhost;
    if (security === undefined) {
      this.fail(new LwsError(coreErrors.LWS_ERR_MODULE_MISSING, '@lws-ts/tls, for TLS'));
      return;
    }
    owner.securing();
    const plain = owner.transport;
    security.connect(plain, serverName, this.#options.given, (result) =>
      this.#loop.run(() => {
        const awaited = !this.#over && owner.transport === plain && owner.phase === 'securing';
        if ('code' in result) {
          if (awaited) this.fail(result);
        } else if (awaited) owner.joined(this.#loop.watch(result));
        else result.abort();
      }),
    );
  }

  /** The attempt failed; another one follows if the policy says so. */
  fail(error: CodedError): void {
    if (this.#over) return;
    const { id, vhost } = this.#owner;
    this.#leave();
    if (this.#again())
      lwslInfo(`${error.code} wsi ${id} of ${vhost.name}: ${error.message}; once more`);
    else this.giveUp(error);
  }

  /** The end, whatever the policy says. */
  giveUp(error: CodedError): void {
    if (this.#over) return;
    this.#leave();
    this.#end();
    this.#failure = error instanceof LwsError ? error : new LwsError(error);
    this.#owner.cameToNothing();
  }

  /** What it was made for is agreed on. */
  established(): void {
    this.#end();
    this.settle(undefined);
  }

  /** The transport closed before that: the role may have dialled again by itself. */
  closed(error: CodedError | undefined): void {
    let again = false;
    try {
      again = (this.#owner.role as ClientRoleState | undefined)?.lost?.() === true;
    } catch (thrown) {
      this.#owner.threw(thrown);
    }
    if (!again) this.fail(error ?? coreErrors.LWS_ERR_CONNECT_CLOSED);
  }

  /** Tells whoever waits for it how it ended up, after the protocol was told; once. */
  settle(error: CodedError | undefined): void {
    const settled = this.#settled;
    this.#settled = undefined;
    settled?.(error);
  }

  connected(transport: Transport): void {
    this.#dialed(() => this.#owner.joined(this.#loop.watch(transport)));
  }

  failed(error: LwsError): void {
    this.#dialed(() => this.fail(error));
  }

  expired(entry: TimerEntry): void {
    if (entry === this.#pause) this.#begin();
    else {
      this.#owner.timeoutReason = 'connect';
      this.fail(coreErrors.LWS_ERR_CONNECT_TIMEOUT);
    }
  }

  /** What was dialled is there, or is not; nobody has given it up before `next` may run. */
  #dialed(next: () => void): void {
    const dialing = this.#dialing;
    this.#loop.run(() => {
      if (this.#dialing !== dialing) return;
      this.#dialing = undefined;
      next();
    });
  }

  /** In a moment, so that nothing comes of `dial` before it returned. */
  #takeOrDial(target: DialTarget, take: () => Transport | undefined): Dialing {
    const taking = { cancel: () => undefined };
    queueMicrotask(() =>
      this.#loop.run(() => {
        if (this.#dialing !== taking) return;
        const taken = take();
        if (taken === undefined) this.#dialing = dial(target, this.#options, this);
        else {
          this.#dialing = undefined;
          this.#owner.joined(taken);
        }
      }),
    );
    return taking;
  }

  #arm(): void {
    this.#undue = false;
    this.#wheel.arm(this.#deadline, this.#options.connectTimeoutSecs * 1000);
  }

  #begin(): void {
    this.#release();
    this.#undue = false;
    this.#owner.timeoutReason = undefined;
    try {
      (this.#owner.role as ClientRoleState | undefined)?.attempt();
    } catch (error) {
      this.#owner.threw(error);
    }
    // one that goes by an open transport has sent its request already
    if (!this.#over && this.#dialing !== undefined && !this.#undue) this.#arm();
  }

  #leave(): void {
    this.#writes = false;
    this.#owner.leave();
  }

  #end(): void {
    this.#over = true;
    this.#stop();
    this.#wheel.disarm(this.#pause);
    this.#release();
    if (this.#onAbort !== undefined)
      this.#options.signal?.removeEventListener('abort', this.#onAbort);
  }

  /** True when another attempt follows. */
  #again(): boolean {
    this.#stop();
    const backoff = this.#backoff;
    if (backoff === undefined) return false;
    const ms = backoff.next();
    if (!backoff.concealed) return false;
    this.#wheel.arm(this.#pause, ms);
    this.#letGo ??= holdProcess();
    return true;
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
