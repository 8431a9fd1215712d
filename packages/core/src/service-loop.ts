/**
 * The turn: connections that have work put themselves on the ready list, and are served together in the
 * check phase of the same iteration of the event loop, after every socket that was readable.
 */
import { KeptOutput } from './kept-output.ts';
import { lwslErr } from './log.ts';
import { OutputArena } from './output-arena.ts';
import { showThrown } from './show-thrown.ts';
import type { TimerWheel } from './timer-wheel.ts';

/** Something the loop serves. */
export interface Serviced {
  /** Owned by the loop: the last turn it was served in. */
  servedTurn: number;
  serve(): void;
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
  #ready: Serviced[] = [];
  #next: Serviced[] = [];
  #turn = 0;
  #serving = false;
  #scheduled = false;
  readonly #run: () => void;

  constructor(wheel: TimerWheel, limits: LoopLimits) {
    this.wheel = wheel;
    this.txBudget = limits.txBudget;
    this.keptOutput = new KeptOutput(limits.maxOutputBytesTotal);
    this.#run = () => this.#serveAll();
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
      setImmediate(this.#run);
    }
  }

  #serveAll(): void {
    this.#scheduled = false;
    this.#serving = true;
    this.#turn++;
    const ready = this.#ready;
    // the list grows while it is served: who is listed by another's work is served in the same turn, once
    for (let at = 0; at < ready.length; at++) {
      const serviced = ready[at] as Serviced;
      serviced.servedTurn = this.#turn;
      try {
        serviced.serve();
      } catch (error) {
        // what a connection does not contain itself stops nobody else
        lwslErr(`a connection could not be served: ${showThrown(error)}`);
      }
    }
    this.keptOutput.relieve();
    ready.length = 0;
    this.#ready = this.#next;
    this.#next = ready;
    this.#serving = false;
  }
}
