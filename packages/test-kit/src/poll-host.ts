import { settle } from './virtual-clock.ts';

/** What a descriptor is ready for. */
export interface HostPollFd {
  readonly fd: number;
  revents: number;
}

/** A loop that a program drives: one of `externalLoop()` of `@lws-ts/core`. */
export interface DrivenLoop {
  serviceFd(pollfd?: HostPollFd): void;
  service(timeoutMs: number): void;
  adjustTimeout(timeoutMs: number): number;
}

interface Told {
  readonly fd: number;
  readonly events: number;
  readonly prevEvents: number;
}

/** A program that owns the poll: what it is told of descriptors, and calls that service what is ready. */
export class PollHost {
  /** What each descriptor is polled for. */
  readonly table: Map<number, number> = new Map();
  /** What it was told, in order: `add 1`, `set 4`, `clear 4`, `del`, `ready 1`. */
  readonly told: string[] = [];
  /** In a service call. */
  inside = false;
  #loop: DrivenLoop | undefined = undefined;
  #ready: HostPollFd[] = [];

  /** The observers; each may be called without the object. */
  readonly addPollFd = ({ fd, events }: Told): void => {
    this.table.set(fd, events);
    this.told.push(`add ${events}`);
  };

  readonly delPollFd = ({ fd }: Told): void => {
    this.table.delete(fd);
    this.told.push('del');
  };

  readonly setModePollFd = ({ fd, events, prevEvents }: Told): void => {
    this.table.set(fd, events);
    this.told.push(`set ${events & ~prevEvents}`);
  };

  readonly clearModePollFd = ({ fd, events, prevEvents }: Told): void => {
    this.table.set(fd, events);
    this.told.push(`clear ${prevEvents & ~events}`);
  };

  readonly ready = ({ fd, revents }: HostPollFd): void => {
    this.#ready.push({ fd, revents });
    this.told.push(`ready ${revents}`);
  };

  /** The loop that it services. */
  drives(loop: DrivenLoop): void {
    this.#loop = loop;
  }

  /** Gives what it was told since, and forgets it. */
  take(): readonly string[] {
    return this.told.splice(0);
  }

  /** What is ready and not serviced. */
  get pending(): readonly HostPollFd[] {
    return this.#ready;
  }

  /** A service call. */
  call<T>(make: (loop: DrivenLoop) => T): T {
    const loop = this.#loop;
    if (loop === undefined) throw new Error('the host drives no loop');
    this.inside = true;
    try {
      return make(loop);
    } finally {
      this.inside = false;
    }
  }

  /** Services each descriptor that is ready, once, and the forced service that comes of it. How many there were. */
  poll(): number {
    const ready = this.#ready;
    this.#ready = [];
    for (const pollfd of ready) {
      this.call((loop) => loop.serviceFd(pollfd));
      this.drain();
    }
    return ready.length;
  }

  /** Forced service, until there is none. */
  drain(): void {
    for (let round = 0; this.call((loop) => loop.adjustTimeout(1)) === 0; round++) {
      if (round > 100_000) throw new Error('forced service does not end');
      this.call((loop) => loop.service(-1));
    }
  }

  /** Polls, timers too, until nothing is ready any more. */
  async run(): Promise<void> {
    do {
      this.call((loop) => loop.service(0));
      this.drain();
      this.poll();
      await settle();
    } while (this.#ready.length > 0);
  }
}
