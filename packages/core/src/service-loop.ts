/**
 * The turn: connections that have work put themselves on the ready list, and are served together in the
 * check phase of the same iteration of the event loop, after every socket that was readable. Where the program
 * owns the loop it says when: see {@link PollSet}.
 */
import type { Clock, Transport } from '@lws-ts/interface';
import { KeptOutput } from './kept-output.ts';
import { lwslErr } from './log.ts';
import { OutputArena } from './output-arena.ts';
import type { PollSet } from './poll-set.ts';
import type { Serviced } from './serviced.ts';
import { showThrown } from './show-thrown.ts';
import type { TimerWheel } from './timer-wheel.ts';

/** What the option `loop` of a context takes: made by `nodeLoop()` or `externalLoop()`. */
export interface EventLoop {
  readonly kind: 'node' | 'external';
  /** Owned by core: the loop of one context, and the clock that wakes it. */
  open(clock: Clock, limits: LoopLimits): { readonly clock: Clock; readonly service: ServiceLoop };
}

/** What a loop is told by the options of its context. */
export interface LoopLimits {
  /** Output of a turn over which a connection waits for the next, in bytes. */
  readonly txBudget: number;
  /** See {@link KeptOutput}. */
  readonly maxOutputBytesTotal: number;
}

export class ServiceLoop {
  readonly arena: OutputArena = new OutputArena();
  readonly keptOutput: KeptOutput;
  readonly wheel: TimerWheel;
  readonly txBudget: number;
  /** Where the program owns the poll. */
  readonly polled: PollSet | undefined;
  #ready: Serviced[] = [];
  #next: Serviced[] = [];
  #turn = 0;
  #serving = false;
  #scheduled = false;
  readonly #run: () => void;

  constructor(wheel: TimerWheel, limits: LoopLimits, polled?: PollSet) {
    this.wheel = wheel;
    this.txBudget = limits.txBudget;
    this.keptOutput = new KeptOutput(limits.maxOutputBytesTotal);
    this.polled = polled;
    this.#run = () => this.serveAll();
  }

  /** How many are on the list. */
  get waiting(): number {
    return this.#ready.length;
  }

  /** Puts `serviced` on the list; the caller sees to it that it is there once. */
  list(serviced: Serviced): void {
    if (this.#serving && serviced.servedTurn !== this.#turn) {
      this.#ready.push(serviced);
      return;
    }
    (this.#serving ? this.#next : this.#ready).push(serviced);
    if (!this.#scheduled) {
      this.#scheduled = true;
      if (this.polled === undefined) setImmediate(this.#run);
      else this.polled.forced();
    }
  }

  /** Runs what calls handlers: at once, or when the program that owns the poll services. */
  run(job: () => void): void {
    if (this.polled === undefined) job();
    else this.polled.run(job);
  }

  /** A transport as this loop's connections have it. */
  watch(transport: Transport): Transport {
    return this.polled === undefined ? transport : this.polled.watch(transport);
  }

  /** Serves whoever is on the list. */
  serveAll(): void {
    this.#scheduled = false;
    this.#serving = true;
    this.#turn++;
    const ready = this.#ready;
    // the list grows while it is served: who is listed by another's work is served in the same turn, once
    for (let at = 0; at < ready.length; at++) {
      const serviced = ready[at] as Serviced;
      serviced.servedTurn = this.#turn;
      serve(serviced);
    }
    this.keptOutput.relieve();
    ready.length = 0;
    this.#ready = this.#next;
    this.#next = ready;
    this.#serving = false;
  }

  /** Gives one its turn now, on the list or not. For a loop that is polled. */
  serveOne(serviced: Serviced): void {
    const at = this.#ready.lastIndexOf(serviced);
    if (at >= 0) this.#ready.splice(at, 1);
    if (this.#ready.length === 0) this.#scheduled = false;
    serve(serviced);
    this.keptOutput.relieve();
  }
}

function serve(serviced: Serviced): void {
  try {
    serviced.serve();
  } catch (error) {
    // what a connection does not contain itself stops nobody else
    lwslErr(`a connection could not be served: ${showThrown(error)}`);
  }
}
