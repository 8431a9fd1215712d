import { BytesKeeper, type KeptBytes } from './kept-bytes.ts';

/** Whose input it is. */
export interface InputOwner {
  /** All connections together keep too much, and this one is to end. @param bytes of it */
  inputOver(bytes: number): void;
}

/** What a connection keeps of its peer's input: what is parked, and what its role or program has of something unfinished. */
export class KeptInput extends BytesKeeper {
  readonly #owner: InputOwner;
  readonly #allKept: KeptBytes;
  #parked = 0;
  #held = 0;
  #over = false;

  constructor(owner: InputOwner, allKept: KeptBytes) {
    super();
    this.#owner = owner;
    this.#allKept = allKept;
  }

  /** So much is parked now, in bytes. True: all together are over the bound, and a turn has to follow. */
  parks(bytes: number): boolean {
    return bytes !== this.#parked && this.#changed(bytes, this.#held);
  }

  /** So many bytes more, or less, are with the role or the program. True: as above. */
  holdsMore(bytes: number): boolean {
    return bytes !== 0 && this.#changed(this.#parked, this.#held + bytes);
  }

  /** The connection is over: whatever anybody still has of it counts no more. */
  drop(): void {
    this.#changed(0, 0);
    this.#over = true;
  }

  overLimit(): void {
    this.#owner.inputOver(this.#parked + this.#held);
  }

  #changed(parked: number, held: number): boolean {
    if (this.#over) return false;
    this.#allKept.changed(this, this.#parked + this.#held, parked + held);
    this.#parked = parked;
    this.#held = held;
    return this.#allKept.over;
  }
}
