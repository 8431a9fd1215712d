/**
 * The turn: connections that have work put themselves on the ready list, and are served together in the
 * check phase of the same iteration of the event loop, after every socket that was readable. Where the program
 * owns the loop it says when: see {@link PollSet}.
 */
import type { Clock, Transport } from '@lws-ts/interface';
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

/** From so much kept or pinned output on, of all connections together, each gets a smaller turn, in bytes. */
const CROWDED_BYTES = 2 * 1024 * 1024;
const CROWDED_BUDGET = 16 * 1024;

export class ServiceLoop {
  readonly arena: OutputArena = new OutputArena();
  readonly keptOutput: KeptBytes;
  pinnedOutput = 0;
  readonly keptInput: KeptBytes;
  readonly wheel: TimerWheel;
  readonly #txBudget: number;
  /** Where the program owns the poll. */
  readonly polled: PollSet | undefined;
  readonly #ready = new TurnQueue();
  /** Who had a turn and was not done. */
  readonly #unfinished = new TurnQueue();
  #arrival = false;
  #turn = 0;
  #serving = false;
  #scheduled = false;
  readonly #run: () => void;
  /** Connections that are not read from and not over. */
  #unread = 0;
  #letGo: (() => void) | undefined = undefined;

  constructor(wheel: TimerWheel, limits: LoopLimits, polled?: PollSet) {
    this.wheel = wheel;
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
    const ready = this.#ready;
    const unfinished = this.#unfinished;
    const most = this.#arrival ? UNFINISHED_AT_ARRIVAL : UNFINISHED_A_TURN;
    const count = last ? unfinished.length : Math.min(unfinished.length, most);
    this.#arrival = false;
    // who is listed by another's work is served in the same turn, once
    while (ready.length > 0) this.#serve(ready.take());
    for (let at = 0; at < count; at++) this.#serve(unfinished.take());
    while (ready.length > 0) this.#serve(ready.take());
    this.#relieve();
    this.#serving = false;
    if (unfinished.length > 0) this.#schedule();
  }

  /** Gives one its turn now who is not on the list, or puts it there when the loop is not {@link idle} any more. */
  serveNow(serviced: Serviced): void {
    if (!this.idle) {
      this.list(serviced);
      return;
    }
    this.#serving = true;
    this.#turn++;
    this.#serve(serviced);
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
