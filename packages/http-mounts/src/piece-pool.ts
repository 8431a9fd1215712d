/** The one size large files are read and sent in. */
export const PIECE_BYTES = 256 * 1024;

const SPARE_PIECES = 4;

/** Buffers of large transfers: one per transfer, a few spare ones between transfers. */
export class PiecePool {
  readonly #spare: Uint8Array[];
  #lent: number;

  constructor() {
    this.#spare = [];
    this.#lent = 0;
  }

  /** Transfers that have one. */
  get lent(): number {
    return this.#lent;
  }

  take(): Uint8Array {
    this.#lent += 1;
    return this.#spare.pop() ?? new Uint8Array(PIECE_BYTES);
  }

  /** A transfer is over; its buffer may still be in somebody's hands. */
  loanEnded(): void {
    this.#lent -= 1;
  }

  /** Nobody reads or writes `piece` any more. */
  keepSpare(piece: Uint8Array): void {
    if (this.#spare.length < SPARE_PIECES) this.#spare.push(piece);
  }
}
