/**
 * One wheel for all deadlines of a context. Re-arming to a later time stores a number; the entry moves to
 * its right slot when the old one comes round. Nothing is woken while no entry is armed.
 */
import type { Clock } from '@lws-ts/interface';
import { lwslErr } from './log.ts';
import { showThrown } from './show-thrown.ts';

const slotMs = 4;
const slots = 1024;
/** The slot of an entry that is due in the turn going on, and not called yet. */
const dueSlot = slots;

/** What a wheel calls. It does not throw. */
export interface TimerOwner {
  expired(entry: TimerEntry): void;
}

/** One deadline of one owner. */
export class TimerEntry {
  readonly owner: TimerOwner;
  /** On the wheel's clock, ms; Infinity while not armed. */
  deadline = Number.POSITIVE_INFINITY;
  /** Owned by the wheel. */
  slot = -1;
  /** Owned by the wheel. */
  previous: TimerEntry | undefined = undefined;
  /** Owned by the wheel. */
  next: TimerEntry | undefined = undefined;

  constructor(owner: TimerOwner) {
    this.owner = owner;
  }
}

/** lws: the sul and timeout lists of a service thread */
export class TimerWheel {
  readonly #clock: Clock;
  readonly #slots: (TimerEntry | undefined)[] = Array.from({ length: slots }, () => undefined);
  /** The slot number (not wrapped) up to which all is served. */
  #served: number;
  #count = 0;
  #wakeAt = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined = undefined;
  #firing = false;
  #turnedAt = 0;
  #destroyed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#served = Math.floor(clock.now() / slotMs);
  }

  get now(): number {
    return this.#clock.now();
  }

  /** Entries on the wheel. */
  get size(): number {
    return this.#count;
  }

  /** Arms or moves an entry: its owner hears of it once, `ms` from now. What is due together is called by deadline. */
  arm(entry: TimerEntry, ms: number): void {
    if (this.#destroyed) return;
    // an owner that re-arms with 0 when it is called is called in a later turn, not in this one for ever
    const earliest = this.#firing ? this.#turnedAt + 1 : 0;
    const deadline = Math.max(earliest, this.#clock.now() + Math.max(0, ms));
    const placed = entry.slot >= 0;
    const later = placed && deadline >= entry.deadline;
    entry.deadline = deadline;
    if (later) return;
    if (placed) this.#unlink(entry);
    this.#link(entry);
    this.#wakeFor(entry.deadline);
  }

  /** Takes an entry off the wheel. */
  disarm(entry: TimerEntry): void {
    entry.deadline = Number.POSITIVE_INFINITY;
    if (entry.slot < 0) return;
    this.#unlink(entry);
    if (this.#count === 0) this.#sleep();
  }

  /** Forgets all entries; nothing fires and nothing can be armed any more. */
  destroy(): void {
    this.#destroyed = true;
    for (let slot = 0; slot < slots; slot++)
      for (let entry = this.#slots[slot]; entry !== undefined; entry = this.#slots[slot])
        this.disarm(entry);
    this.#sleep();
  }

  #turn(): void {
    this.#cancel = undefined;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    const last = Math.floor(now / slotMs);
    this.#firing = true;
    this.#turnedAt = now;
    const due: TimerEntry[] = [];
    // after a long sleep one round serves every slot
    const first = Math.max(this.#served, last - slots + 1);
    for (let slot = first; slot <= last; slot++) this.#takeDue(slot % slots, now, due);
    this.#served = last;
    due.sort((one, other) => one.deadline - other.deadline);
    for (const entry of due) {
      // disarmed by another's owner
      if (entry.slot !== dueSlot) continue;
      this.#unlink(entry);
      if (entry.deadline > now) {
        this.#link(entry);
        continue;
      }
      entry.deadline = Number.POSITIVE_INFINITY;
      try {
        entry.owner.expired(entry);
      } catch (error) {
        lwslErr(`a deadline could not be kept: ${showThrown(error)}`);
      }
    }
    this.#firing = false;
    if (this.#count > 0) this.#wakeFor(this.#earliest());
  }

  /** Takes out what is due and moves on what was re-armed. */
  #takeDue(slot: number, now: number, due: TimerEntry[]): void {
    let entry = this.#slots[slot];
    while (entry !== undefined) {
      const next: TimerEntry | undefined = entry.next;
      if (entry.deadline <= now) {
        this.#unlink(entry);
        entry.slot = dueSlot;
        this.#count++;
        due.push(entry);
      } else if (this.#slotOf(entry.deadline) !== slot) {
        this.#unlink(entry);
        this.#link(entry);
      }
      entry = next;
    }
  }

  /** The first moment at which some entry may be due: its slot's begin, or its deadline in the first slot that has one. */
  #earliest(): number {
    for (let slot = this.#served; slot < this.#served + slots; slot++) {
      let earliest = Number.POSITIVE_INFINITY;
      for (let entry = this.#slots[slot % slots]; entry !== undefined; entry = entry.next)
        earliest = Math.min(earliest, Math.max(entry.deadline, slot * slotMs));
      if (earliest !== Number.POSITIVE_INFINITY) return Math.min(earliest, (slot + 1) * slotMs);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** The slot a deadline stands in; one beyond the horizon stands in the last and is moved on from there. */
  #slotOf(deadline: number): number {
    const slot = Math.floor(deadline / slotMs);
    const current = Math.max(this.#served, Math.floor(this.#clock.now() / slotMs));
    return Math.min(slot, current + slots - 1) % slots;
  }

  #link(entry: TimerEntry): void {
    const slot = this.#slotOf(entry.deadline);
    const head = this.#slots[slot];
    entry.slot = slot;
    entry.previous = undefined;
    entry.next = head;
    if (head !== undefined) head.previous = entry;
    this.#slots[slot] = entry;
    this.#count++;
  }

  #unlink(entry: TimerEntry): void {
    if (entry.previous !== undefined) entry.previous.next = entry.next;
    else if (entry.slot !== dueSlot) this.#slots[entry.slot] = entry.next;
    if (entry.next !== undefined) entry.next.previous = entry.previous;
    entry.slot = -1;
    entry.previous = undefined;
    entry.next = undefined;
    this.#count--;
  }

  #wakeFor(deadline: number): void {
    if (this.#firing || deadline >= this.#wakeAt) return;
    this.#cancel?.();
    this.#wakeAt = deadline;
    this.#cancel = this.#clock.wakeAt(deadline, () => this.#turn());
  }

  #sleep(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#wakeAt = Number.POSITIVE_INFINITY;
  }
}
