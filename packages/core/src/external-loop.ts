/**
 * The loop of a context in a program that owns the poll: nothing of lws-ts runs a handler but in the calls that
 * the program makes. Node.js shows no descriptors of its sockets, so that numbers stand for them.
 */
import {
  type Clock,
  interfaceErrors,
  LwsError,
  type OptionRules,
  resolveOptions,
} from '@lws-ts/interface';
import { coreErrors } from './errors.ts';
import * as latePoll from './late-poll.ts';
import type { PollFd, PollObservers } from './poll-args.ts';
import type { PollLimits, PollSet } from './poll-set.ts';
import type { PolledClock } from './polled-clock.ts';
import { type EventLoop, type LoopLimits, ServiceLoop } from './service-loop.ts';
import { TimerWheel } from './timer-wheel.ts';

/** What `externalLoop` takes besides the observers. */
export interface ExternalLoopOptions {
  /**
   * Input of one connection that waits for `serviceFd`, over which its socket is paused: bytes, 1 to 16 MiB.
   * Node.js may hold one more read of 64 KiB.
   *
   * @defaultValue 65536
   */
  readonly maxParkedInput?: number;
  /**
   * Accepted connections of a listener that wait for `serviceFd`, 1 to 65535; over it they are refused with
   * `LWS_ERR_LOOP_ACCEPTS`.
   *
   * @defaultValue 511
   */
  readonly maxParkedAccepts?: number;
}

/** How each option is read. */
export const externalLoopRules: OptionRules<ExternalLoopOptions> = {
  maxParkedInput: { kind: 'integer', fallback: 65_536, min: 1, max: 16 * 1024 * 1024 },
  maxParkedAccepts: { kind: 'integer', fallback: 511, min: 1, max: 65_535 },
};
const observerNames = ['addPollFd', 'delPollFd', 'setModePollFd', 'clearModePollFd', 'ready'];

/**
 * Makes a loop that the program drives, for the option `loop` of one context.
 *
 * @throws `LWS_ERR_OPTION`, `LWS_ERR_OPTION_UNKNOWN`
 *
 * lws: external polling, LWS_WITH_EXTERNAL_POLL
 */
export function externalLoop(
  observers: PollObservers,
  options: ExternalLoopOptions = {},
): ExternalLoop {
  return new ExternalLoop(observers, options);
}

/** What {@link externalLoop} makes: the calls by which a program serves a context. */
export class ExternalLoop implements EventLoop {
  readonly kind = 'external';
  readonly #set: PollSet;
  #clock: PolledClock | undefined = undefined;

  /** By {@link externalLoop}. */
  constructor(observers: PollObservers, options: ExternalLoopOptions) {
    checkObservers(observers);
    const limits = resolveOptions(
      externalLoopRules,
      options as Record<string, unknown>,
      'externalLoop()',
    );
    this.#set = new latePoll.PollSet(observers, limits as typeof limits & PollLimits);
  }

  /** @throws `LWS_ERR_LOOP_TAKEN` for a second context */
  open(time: Clock, limits: LoopLimits): ReturnType<EventLoop['open']> {
    if (this.#clock !== undefined) throw new LwsError(coreErrors.LWS_ERR_LOOP_TAKEN);
    const set = this.#set;
    const clock = new latePoll.PolledClock(time, () => {
      if (!set.inside) set.wake();
    });
    this.#clock = clock;
    const service = new ServiceLoop(new TimerWheel(clock), limits, set);
    set.serves(service);
    return { clock, service };
  }

  /**
   * Services one descriptor: its connection is told what `revents` says, and gets its turn. `revents` becomes 0.
   * One that is not of this loop is left as it is. Without one it runs the timers, as `service(0)`.
   *
   * @throws `LWS_ERR_LOOP_NESTED` in a handler
   *
   * lws: lws_service_fd
   */
  serviceFd(pollfd?: PollFd): void {
    if (pollfd === undefined) this.service(0);
    else this.#set.serviceFd(pollfd);
  }

  /**
   * Runs the timers that are due and forced service; it waits for nothing, however long the program might.
   *
   * @param timeoutMs negative: forced service alone
   * @throws `LWS_ERR_LOOP_NESTED` in a handler; `LWS_ERR_OPTION` for what is no number
   *
   * lws: lws_service
   */
  service(timeoutMs: number): void {
    checkMs('service', timeoutMs);
    this.#set.service(() => {
      if (timeoutMs >= 0) this.#clock?.runDue();
      this.#set.serveAll();
    });
  }

  /**
   * How long the program may wait for its poll: 0 while there is forced service, else `timeoutMs` or the time to
   * the next timer, at least 1, whatever is less. To be asked after each service call: who finds 0 calls
   * `service(-1)`.
   *
   * @param timeoutMs how long it would wait; negative: for ever
   * @throws `LWS_ERR_OPTION` for what is no number
   *
   * lws: lws_service_adjust_timeout
   */
  adjustTimeout(timeoutMs: number): number {
    checkMs('adjustTimeout', timeoutMs);
    if (this.#set.forcedService) return 0;
    const next = this.#clock?.next ?? Number.POSITIVE_INFINITY;
    if (next === Number.POSITIVE_INFINITY) return timeoutMs;
    // never 0: that says forced service, and forced service alone runs no timer
    const left = Math.max(1, Math.ceil(next - (this.#clock?.now() ?? 0)));
    return timeoutMs < 0 ? left : Math.min(timeoutMs, left);
  }
}

function checkMs(call: string, ms: unknown): void {
  if (typeof ms !== 'number' || Number.isNaN(ms))
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${call}(${String(ms)}) takes milliseconds`);
}

function checkObservers(observers: unknown): void {
  const given = observers as Readonly<Record<string, unknown>> | null | undefined;
  if (typeof given?.['ready'] !== 'function')
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, 'ready of externalLoop() is no function');
  for (const name of observerNames)
    if (given[name] !== undefined && typeof given[name] !== 'function')
      throw new LwsError(
        interfaceErrors.LWS_ERR_OPTION,
        `${name} of externalLoop() is no function`,
      );
}
