/**
 * The turn: connections that have work put themselves on the ready list, and are served together in the
 * check phase of the same iteration of the event loop, after every socket that was readable. Where the program
 * owns the loop it says when: see {@link PollSet}.
 */
import type { Clock, Transport } from '@lws-ts/interface';
import { SpareDeadlines } from './deadlines.ts';
import { KeptBytes } from './kept-bytes.ts';
import { lwslErr } from './log.ts';
import { OutputArena } from './output-arena.ts';
import type { PollSet } from './poll-set.ts';
import type { Serviced } from './serviced.ts';
import { showThrown } from './show-thrown.ts';
import { holdProcess } from './system-clock.ts';
import type { TimerWheel } from './timer-wheel.ts';
import { TurnQueue } from './turn-queue.ts';

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
  /** See {@link KeptBytes}. */
  readonly maxOutputBytesTotal: number;
  readonly maxInputBytesTotal: number;
}

/**
 * How many of those who had a turn and are not done get the next in one turn of the loop. They wait for nothing but
 * their turn: more of them would keep the others, and who waits to be accepted, from being heard.
 */
const UNFINISHED_A_TURN = 32;
/** The same in a turn before which somebody was accepted: Node accepts one for each time the loop comes round. */
const UNFINISHED_AT_ARRIVAL = 2;
/** After so many turns in a row with an arrival, more wait to be accepted than can be seen: then */
const MANY_ARRIVALS = 8;
/** one who is not done gets a turn in each so many, */
const TURNS_FOR_UNFINISHED = 4;
/** and all others a short one, in bytes of output. */
const ARRIVALS_BUDGET = 4 * 1024;

/** From so much kept or pinned output on, of all connections together, each gets a smaller turn, in bytes. */
const CROWDED_BYTES = 2 * 1024 * 1024;
const CROWDED_BUDGET = 16 * 1024;

export class ServiceLoop {
  readonly arena: OutputArena = new OutputArena();
  readonly keptOutput: KeptBytes;
  pinnedOutput = 0;
  readonly keptInput: KeptBytes;
  readonly wheel: TimerWheel;
  readonly deadlines: SpareDeadlines;
  readonly #txBudget: number;
  /** Where the program owns the poll. */
  readonly polled: PollSet | undefined;
  readonly #ready = new TurnQueue();
  /** Who had a turn and was not done. */
  readonly #unfinished = new TurnQueue();
  #arrival = false;
  /** Turns in a row before which somebody was accepted. */
  #arrivals = 0;
  /** Who is served now gets a short turn. */
  #short = false;
  #turn = 0;
  #serving = false;
  #scheduled = false;
  readonly #run: () => void;
  /** Connections that are not read from and not over. */
  #unread = 0;
  #letGo: (() => void) | undefined = undefined;

  constructor(wheel: TimerWheel, limits: LoopLimits, polled?: PollSet) {
    this.wheel = wheel;
    this.deadlines = new SpareDeadlines(wheel);
    this.#txBudget = limits.txBudget;
    this.keptOutput = new KeptBytes(limits.maxOutputBytesTotal);
    this.keptInput = new KeptBytes(limits.maxInputBytesTotal);
    this.polled = polled;
    this.#run = () => this.serveAll();
  }

  /** How many are on the list. */
  get waiting(): number {
    return this.#ready.length + this.#unfinished.length;
  }

  /**
   * Output over which a connection waits for its peer: what the last turn before that wrote is what each peer that
   * reads nothing makes us keep. Where many do, it is less.
   */
  get txBudget(): number {
    if (this.#short) return Math.min(ARRIVALS_BUDGET, this.#txBudget);
    const crowded = Math.max(this.pinnedOutput, this.keptOutput.bytes) > CROWDED_BYTES;
    return crowded ? Math.min(CROWDED_BUDGET, this.#txBudget) : this.#txBudget;
  }

  /** A connection was accepted: others may wait behind it. */
  arrived(): void {
    this.#arrival = true;
  }

  /** Nobody has a turn, and the loop says when there is one. */
  get idle(): boolean {
    return !this.#serving && this.polled === undefined;
  }

  /** Puts `serviced` on the list; the caller sees to it that it is there once. */
  list(serviced: Serviced): void {
    if (this.#serving && serviced.servedTurn === this.#turn) this.#unfinished.push(serviced);
    else {
      this.#ready.push(serviced);
      if (this.#serving) return;
    }
    this.#schedule();
  }

  /** So many more connections are not read from: as long as there is one the process goes on. */
  unread(connections: number): void {
    this.#unread += connections;
    if (this.#unread > 0) this.#letGo ??= holdProcess();
    else {
      this.#letGo?.();
      this.#letGo = undefined;
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

  /**
   * Serves whoever is on the list, and some of those who were not done in the turns before.
   *
   * @param last there is no turn after this one: all of them
   */
  serveAll(last = false): void {
    this.#scheduled = false;
    this.#serving = true;
    this.#turn++;
    const unfinished = this.#unfinished;
    const most = last ? unfinished.length : this.#unfinishedNow();
    const count = Math.min(unfinished.length, most);
    // who is listed by another's work is served in the same turn, once
    this.#serveReady();
    for (let at = 0; at < count; at++) this.#serve(unfinished.take());
    this.#serveReady();
    this.#relieve();
    this.#serving = false;
    if (unfinished.length > 0) this.#schedule();
  }

  /** How many of those who are not done get a turn in this one. */
  #unfinishedNow(): number {
    this.#arrivals = this.#arrival ? this.#arrivals + 1 : 0;
    this.#arrival = false;
    if (this.#arrivals === 0) return UNFINISHED_A_TURN;
    if (this.#arrivals < MANY_ARRIVALS) return UNFINISHED_AT_ARRIVAL;
    return this.#arrivals % TURNS_FOR_UNFINISHED === 0 ? 1 : 0;
  }

  #serveReady(): void {
    this.#short = this.#arrivals >= MANY_ARRIVALS;
    while (this.#ready.length > 0) this.#serve(this.#ready.take());
    this.#short = false;
  }

  /** Gives one its turn now who is not on the list, or puts it there when the loop is not {@link idle} any more. */
  serveNow(serviced: Serviced): void {
    if (!this.idle) {
      this.list(serviced);
      return;
    }
    this.#serving = true;
    this.#turn++;
    this.#short = this.#arrivals >= MANY_ARRIVALS;
    this.#serve(serviced);
    this.#short = false;
    this.#relieve();
    this.#serving = false;
    if (this.waiting > 0) this.#schedule();
  }

  /** Gives one its turn now, on the list or not. For a loop that is polled. */
  serveOne(serviced: Serviced): void {
    this.#ready.remove(serviced);
    this.#unfinished.remove(serviced);
    if (this.waiting === 0) this.#scheduled = false;
    serve(serviced);
    this.#relieve();
  }

  #relieve(): void {
    this.keptOutput.relieve();
    this.keptInput.relieve();
  }

  #serve(serviced: Serviced): void {
    serviced.servedTurn = this.#turn;
    serve(serviced);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (this.polled === undefined) setImmediate(this.#run);
    else this.polled.forced();
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
