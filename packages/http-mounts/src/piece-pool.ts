/** The one size large files are read and sent in. */
export const PIECE_BYTES = 256 * 1024;

const SPARE_PIECES = 4;

/** Buffers of large transfers: one per transfer, a few spare ones between transfers. */
export class PiecePool {
  readonly #spare: Uint8Array[];

  constructor() {
    this.#spare = [];
  }

  take(): Uint8Array {
    return this.#spare.pop() ?? new Uint8Array(PIECE_BYTES);
  }

  /** Nobody reads or writes `piece` any more. */
  keepSpare(piece: Uint8Array): void {
    if (this.#spare.length < SPARE_PIECES) this.#spare.push(piece);
  }
}
