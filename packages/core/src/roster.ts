import { FreeList } from './free-list.ts';

/**
 * Members that come and go, in no certain order, each known by its place. A Set takes new memory for every few that were
 * deleted, in V8's old space once it has got there, and what the memory before it holds outlives collections of the
 * young generation: whoever was a member with all that it has.
 */
export class Roster<T> {
  readonly #members: (T | undefined)[] = [];
  /** Places that nobody has. */
  readonly #free = new FreeList<number>(Number.POSITIVE_INFINITY);

  get size(): number {
    return this.#members.length - this.#free.length;
  }

  /** Every place is below. */
  get places(): number {
    return this.#members.length;
  }

  /** The place of the new member, for {@link remove}. */
  add(member: T): number {
    const place = this.#free.take() ?? this.#members.length;
    this.#members[place] = member;
    return place;
  }

  /** @param place of a member */
  remove(place: number): void {
    this.#members[place] = undefined;
    this.#free.give(place);
  }

  at(place: number): T | undefined {
    return this.#members[place];
  }

  /** One that joins meanwhile may be passed over. */
  *[Symbol.iterator](): Generator<T> {
    for (const member of this.#members) if (member !== undefined) yield member;
  }
}
