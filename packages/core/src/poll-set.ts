/**
 * The descriptors of a loop that a program polls: numbers that stand for transports, listeners and the wake-up,
 * what each is polled for and ready for. It tells the program what changed, and lets nothing run outside the
 * calls that the program makes.
 */
import { LwsError, type Transport } from '@lws-ts/interface';
import { attempt } from './attempt.ts';
import { coreErrors } from './errors.ts';
import { lwslErr } from './log.ts';
import {
  LWS_POLLHUP,
  LWS_POLLIN,
  type PollArgs,
  type PollFd,
  type PollObservers,
} from './poll-args.ts';
import type { PollEntry, Polled, PollHome } from './poll-entry.ts';
import { PolledTransport } from './polled-transport.ts';
import type { Serviced } from './serviced.ts';
import { showThrown } from './show-thrown.ts';

/** No descriptor of a system is that large. */
const firstHandle = 2 ** 30;
/** Of all poll sets together: a descriptor of one is foreign to the others. */
let lastHandle = firstHandle - 1;

/** The loop that serves what the set calls for. */
export interface PolledLoop {
  readonly waiting: number;
  list(serviced: Serviced): void;
  serveAll(last?: boolean): void;
  serveOne(serviced: Serviced): void;
}

/** Bounds of what waits for a program that does not service. */
export interface PollLimits {
  /** Input of one transport over which its socket is paused, in bytes. */
  readonly maxParkedInput: number;
  /** Accepted and not serviced connections of a listener, over which it refuses. */
  readonly maxParkedAccepts: number;
}

class Entry implements PollEntry {
  readonly fd: number;
  readonly polled: Polled;
  readonly #set: PollSet;
  /** As told. */
  events = 0;
  /** As told, and not serviced since. */
  revents = 0;
  /** Among those that changed. */
  marked = false;
  added = false;
  gone = false;

  constructor(set: PollSet, fd: number, polled: Polled) {
    this.#set = set;
    this.fd = fd;
    this.polled = polled;
  }

  changed(): void {
    this.#set.mark(this);
  }

  remove(): void {
    this.#set.remove(this);
  }
}

export class PollSet implements PollHome, PollLimits {
  readonly maxParkedInput: number;
  readonly maxParkedAccepts: number;
  readonly #observers: PollObservers;
  readonly #entries = new Map<number, Entry>();
  #wakeUp: PollEntry | undefined = undefined;
  #loop: PolledLoop | undefined = undefined;
  #jobs: (() => void)[] = [];
  readonly #jobTurn: Serviced = { servedTurn: 0, serve: () => this.#runJobs() };
  #changes: Entry[] = [];
  #inside = false;
  #closed = false;
  #telling = false;
  #toldLater = false;
  #woken = false;

  constructor(observers: PollObservers, limits: PollLimits) {
    this.#observers = observers;
    this.maxParkedInput = limits.maxParkedInput;
    this.maxParkedAccepts = limits.maxParkedAccepts;
  }

  /** For the loop that is polled: what wakes the program has a descriptor from now on. */
  serves(loop: PolledLoop): void {
    this.#loop = loop;
    const woken = (): boolean => this.#woken;
    this.#wakeUp = this.add({
      events: LWS_POLLIN,
      get ready() {
        return woken() ? LWS_POLLIN : 0;
      },
      service: () => this.serveAll(),
    });
  }

  /** Work waits that no descriptor will call for. */
  get forcedService(): boolean {
    return this.#loop !== undefined && this.#loop.waiting > 0;
  }

  /** There is forced service now: who is not in the middle of a service call has to hear of it. */
  forced(): void {
    if (!this.#inside) this.wake();
  }

  /** The program waits for too long. */
  wake(): void {
    if (this.#woken) return;
    this.#woken = true;
    this.#wakeUp?.changed();
  }

  /** In a service call, where handlers may run. */
  get inside(): boolean {
    return this.#inside;
  }

  /** Runs what calls handlers: at once in a service call, else in the next. */
  run(job: () => void): void {
    if (this.#inside || this.#closed) {
      job();
      return;
    }
    this.#jobs.push(job);
    if (this.#jobs.length === 1) this.#loop?.list(this.#jobTurn);
  }

  /** Gives a descriptor to what `polled` stands for. */
  add(polled: Polled): PollEntry {
    const entry = new Entry(this, ++lastHandle, polled);
    this.#entries.set(entry.fd, entry);
    this.mark(entry);
    return entry;
  }

  /** Gives a descriptor to a transport: what is above it is told of events in service calls alone. */
  watch(transport: Transport): Transport {
    return new PolledTransport(transport, this);
  }

  /** The owner of a transport wants to write, or does so no longer; false: it has no descriptor. */
  ownerChanged(transport: Transport): boolean {
    if (!(transport instanceof PolledTransport)) return false;
    transport.ownerChanged();
    return true;
  }

  /** Gives one its turn. */
  serve(serviced: Serviced): void {
    this.#loop?.serveOne(serviced);
  }

  /** A service call. @throws `LWS_ERR_LOOP_NESTED` in the middle of another */
  service(call: () => void): void {
    if (this.#inside) throw new LwsError(coreErrors.LWS_ERR_LOOP_NESTED);
    this.#inside = true;
    try {
      call();
    } finally {
      this.#inside = false;
      this.#tellChanges();
    }
  }

  /** Forced service: what the wake-up was for, whether its descriptor was serviced or not. */
  serveAll(): void {
    if (this.#woken) {
      this.#woken = false;
      this.#wakeUp?.changed();
    }
    this.#loop?.serveAll();
  }

  /** Services a descriptor, if it is of this set. */
  serviceFd(pollfd: PollFd): void {
    const entry = this.#entries.get(pollfd.fd);
    if (entry === undefined) return;
    const { revents } = pollfd;
    pollfd.revents = 0;
    this.service(() => {
      // what is ready still is told again
      entry.revents = 0;
      this.mark(entry);
      if (revents !== 0) entry.polled.service(revents);
    });
  }

  /** All descriptors are gone, and nothing is serviced any more. */
  close(): void {
    this.#closed = true;
    for (const entry of this.#entries.values()) entry.remove();
    // whoever is on the list finds that it is over, and gives back what it has
    this.#loop?.serveAll(true);
    this.#loop = undefined;
  }

  /** For entries. */
  mark(entry: Entry): void {
    if (entry.marked || entry.gone) return;
    entry.marked = true;
    this.#changes.push(entry);
    if (!this.#inside) this.#tellChanges();
  }

  /** For entries. */
  remove(entry: Entry): void {
    if (entry.gone) return;
    entry.gone = true;
    this.#entries.delete(entry.fd);
    entry.marked = true;
    this.#changes.push(entry);
    if (!this.#inside) this.#tellChanges();
  }

  #runJobs(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    for (const job of jobs)
      try {
        job();
      } catch (error) {
        lwslErr(`a connection could not be served: ${showThrown(error)}`);
      }
  }

  /** A program may service from within `ready`: what that changes is told in a later phase, else it never ends. */
  #tellChanges(): void {
    if (this.#changes.length === 0) return;
    if (this.#telling) {
      if (this.#toldLater) return;
      this.#toldLater = true;
      setImmediate(() => {
        this.#toldLater = false;
        this.#tellChanges();
      });
      return;
    }
    this.#telling = true;
    const changes = this.#changes;
    this.#changes = [];
    for (const entry of changes) {
      entry.marked = false;
      this.#tell(entry);
    }
    this.#telling = false;
  }

  #tell(entry: Entry): void {
    const { fd, polled } = entry;
    const prevEvents = entry.events;
    if (entry.gone) {
      if (entry.added) this.#observe('delPollFd', { fd, events: prevEvents, prevEvents });
      entry.added = false;
      return;
    }
    const { events } = polled;
    entry.events = events;
    if (!entry.added) {
      entry.added = true;
      this.#observe('addPollFd', { fd, events, prevEvents: 0 });
    } else {
      const kept = prevEvents & events;
      if (kept !== prevEvents) this.#observe('clearModePollFd', { fd, events: kept, prevEvents });
      if (kept !== events) this.#observe('setModePollFd', { fd, events, prevEvents: kept });
    }
    const revents = polled.ready & (events | LWS_POLLHUP);
    const news = revents & ~entry.revents;
    entry.revents = revents;
    if (news !== 0 && !entry.gone) this.#observe('ready', { fd, events, revents });
  }

  #observe<Name extends keyof PollObservers>(
    name: Name,
    what: Name extends 'ready' ? PollFd : PollArgs,
  ): void {
    const observer = this.#observers[name] as ((told: typeof what) => unknown) | undefined;
    attempt(`${name} of the external loop`, () => observer?.call(this.#observers, what));
  }
}
