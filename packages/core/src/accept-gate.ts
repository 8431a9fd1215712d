/** Keeps a context within its descriptors: who comes too many is refused, or finds nobody listening. */
import type { DescriptorBudget } from './descriptor-budget.ts';
import type { Listener } from './listener.ts';
import { TimerEntry, type TimerOwner, type TimerWheel } from './timer-wheel.ts';

/** How often listeners that were closed look whether they may open again, in ms. */
const LOOK_MS = 50;

/** What a gate needs of its context. */
export interface GateHome {
  readonly listeners: readonly Listener[];
  /** Connections that have a descriptor now, and what modules have open. */
  readonly openDescriptors: number;
}

export class AcceptGate implements TimerOwner {
  readonly #home: GateHome;
  readonly #budget: DescriptorBudget;
  readonly #wheel: TimerWheel;
  readonly #stops: boolean;
  readonly #look = new TimerEntry(this);
  #looking = false;

  /** @param stops listeners are closed while there is no room */
  constructor(home: GateHome, budget: DescriptorBudget, wheel: TimerWheel, stops: boolean) {
    this.#home = home;
    this.#budget = budget;
    this.#wheel = wheel;
    this.#stops = stops;
  }

  /** Whether one that was just accepted may stay. */
  mayStay(): boolean {
    const room = this.#budget.hasRoom(this.#home.openDescriptors);
    if (!room) this.#stop();
    return room;
  }

  /** Whether a module may open so many more. */
  hasRoom(count: number): boolean {
    return this.#budget.hasRoomFor(count, this.#home.openDescriptors);
  }

  /** One was accepted, or a module has more open: where there is no room for another, nobody listens until there is. */
  roomTaken(): void {
    if (this.#stops && !this.#budget.hasRoom(this.#home.openDescriptors)) this.#stop();
  }

  /** Time to look whether there is room again. */
  expired(): void {
    const { openDescriptors, listeners } = this.#home;
    if (this.#budget.hasRoom(openDescriptors)) for (const listener of listeners) listener.resume();
    this.#looking = listeners.some(({ suspended }) => suspended);
    if (this.#looking) this.#wheel.arm(this.#look, LOOK_MS);
  }

  #stop(): void {
    if (!this.#stops) return;
    for (const listener of this.#home.listeners) listener.suspend();
    if (this.#looking) return;
    this.#looking = true;
    this.#wheel.arm(this.#look, LOOK_MS);
  }
}
