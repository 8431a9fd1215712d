import type { Descriptors } from '@lws-ts/interface';
import type { AcceptGate } from './accept-gate.ts';

/** What modules have open beside connections: it counts among these. */
export class ChargedDescriptors implements Descriptors {
  readonly #gate: AcceptGate;
  #count = 0;

  constructor(gate: AcceptGate) {
    this.#gate = gate;
  }

  get count(): number {
    return this.#count;
  }

  hasRoom(count: number): boolean {
    return this.#gate.hasRoom(count);
  }

  opened(count: number): void {
    this.#count += count;
    if (count > 0) this.#gate.roomTaken();
  }
}
