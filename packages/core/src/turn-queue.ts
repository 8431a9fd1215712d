/** Who waits for a turn, first come first served. Its memory is used again: a turn costs no list of its own. */
import type { Serviced } from './serviced.ts';

const leastSlots = 16;
/** More than so many slots are not kept when nobody waits. */
const mostSpareSlots = 4096;

const nobody: Serviced = { servedTurn: 0, serve: () => undefined };

export class TurnQueue {
  /** A ring; how many slots there are is a power of two. */
  #slots: Serviced[] = emptySlots(leastSlots);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(serviced: Serviced): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#length++) & (this.#slots.length - 1)] = serviced;
  }

  /** Takes out who waited longest. Ask only while there is somebody. */
  take(): Serviced {
    const slots = this.#slots;
    const first = slots[this.#head] as Serviced;
    // who is gone is not kept in memory by a slot
    slots[this.#head] = nobody;
    this.#head = (this.#head + 1) & (slots.length - 1);
    this.#length--;
    if (this.#length === 0 && slots.length > mostSpareSlots) this.#slots = this.#restart();
    return first;
  }

  /** Takes `serviced` out, wherever it stands. */
  remove(serviced: Serviced): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = this.#length - 1;
    while (at >= 0 && slots[(this.#head + at) & mask] !== serviced) at--;
    if (at < 0) return;
    for (; at + 1 < this.#length; at++)
      slots[(this.#head + at) & mask] = slots[(this.#head + at + 1) & mask] as Serviced;
    slots[(this.#head + at) & mask] = nobody;
    this.#length--;
  }

  #restart(): Serviced[] {
    this.#head = 0;
    return emptySlots(leastSlots);
  }

  #grow(): void {
    const slots = this.#slots;
    const grown = emptySlots(slots.length * 2);
    for (let at = 0; at < slots.length; at++)
      grown[at] = slots[(this.#head + at) & (slots.length - 1)] as Serviced;
    this.#slots = grown;
    this.#head = 0;
  }
}

function emptySlots(count: number): Serviced[] {
  return Array.from({ length: count }, () => nobody);
}
