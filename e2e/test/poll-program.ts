/** A program that owns the poll, over real sockets: what is ready is serviced in the check phase of Node's loop. */
import {
  type ExternalLoop,
  externalLoop,
  type PollArgs,
  type PollFd,
  type PollObservers,
} from 'lws-ts';

export class PollProgram implements PollObservers {
  readonly loop: ExternalLoop = externalLoop(this);
  /** What each descriptor of the loop is polled for. */
  readonly polled: Map<number, number> = new Map();
  /** Handlers that ran outside of its calls. */
  strays = 0;
  /** Handlers that ran at all. */
  handled = 0;
  /** What became of descriptors that are its own. */
  readonly foreign: PollFd[] = [];
  /** Stops servicing what is ready, and what timers are due. */
  paused = false;
  readonly #ready = new Map<number, PollFd>();
  #inside = false;
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined = undefined;

  /** A handler runs. */
  handler(): void {
    this.handled++;
    if (!this.#inside) this.strays++;
  }

  addPollFd({ fd, events }: PollArgs): void {
    this.polled.set(fd, events);
  }

  delPollFd({ fd }: PollArgs): void {
    this.polled.delete(fd);
    this.#ready.delete(fd);
  }

  setModePollFd({ fd, events }: PollArgs): void {
    this.polled.set(fd, events);
  }

  clearModePollFd({ fd, events }: PollArgs): void {
    this.polled.set(fd, events);
  }

  ready(pollfd: PollFd): void {
    this.#ready.set(pollfd.fd, pollfd);
    this.#schedule();
  }

  /** Descriptors that are ready and not serviced. */
  get pending(): readonly PollFd[] {
    return [...this.#ready.values()];
  }

  /** A service call, and the forced service that comes of it. */
  call(make: (loop: ExternalLoop) => void): void {
    this.#inside = true;
    make(this.loop);
    while (this.loop.adjustTimeout(1) === 0) this.loop.service(-1);
    this.#inside = false;
  }

  /** One iteration: whatever is ready, descriptors of its own among them. */
  turn(): void {
    const ready = this.pending;
    this.#ready.clear();
    for (const pollfd of ready) {
      this.call((loop) => loop.serviceFd(pollfd));
      if (pollfd.revents !== 0) this.foreign.push(pollfd);
    }
    this.#wait();
  }

  /** It drives no longer. */
  stop(): void {
    this.paused = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#scheduled || this.paused) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.paused) this.turn();
    });
  }

  /** For as long as poll(2) would wait. */
  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.paused) return;
      this.call((loop) => loop.service(0));
      this.#wait();
    }, this.loop.adjustTimeout(1000));
  }
}
