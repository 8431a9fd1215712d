import type { Transport } from '@lws-ts/interface';
import { LWS_POLLIN } from './poll-args.ts';
import type { PollEntry, Polled } from './poll-entry.ts';

/** Where the descriptor of a listener comes from. */
export interface AcceptHome {
  readonly maxParkedAccepts: number;
  add(polled: Polled): PollEntry;
}

/** What a listener accepted and the program that owns the poll has not serviced, as a kernel's backlog. */
export class ParkedAccepts implements Polled {
  readonly events = LWS_POLLIN;
  readonly #limit: number;
  readonly #entry: PollEntry;
  readonly #accepted: (transport: Transport) => void;
  #waiting: Transport[] = [];

  constructor(home: AcceptHome, accepted: (transport: Transport) => void) {
    this.#limit = home.maxParkedAccepts;
    this.#accepted = accepted;
    this.#entry = home.add(this);
  }

  /** How many they are. */
  get size(): number {
    return this.#waiting.length;
  }

  get ready(): number {
    return this.#waiting.length > 0 ? LWS_POLLIN : 0;
  }

  /** False: there are too many. */
  push(transport: Transport): boolean {
    if (this.#waiting.length >= this.#limit) return false;
    this.#waiting.push(transport);
    this.#entry.changed();
    return true;
  }

  service(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const transport of waiting) this.#accepted(transport);
  }

  close(): void {
    for (const transport of this.#waiting) transport.abort();
    this.#waiting = [];
    this.#entry.remove();
  }
}
