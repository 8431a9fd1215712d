import { FreeList } from '@lws-ts/core';

/** The one size large files are read and sent in. */
export const PIECE_BYTES = 256 * 1024;
/** Those that are kept between transfers. */
export const SPARE_PIECES = 4;

/** Buffers of one size for large transfers: what is sent is read into again, and a few spare ones are kept. */
export class PiecePool {
  readonly #bytes: number;
  readonly #spare: FreeList<Uint8Array>;

  /** @param maxSpare kept while nobody has them */
  constructor(bytes: number, maxSpare: number) {
    this.#bytes = bytes;
    this.#spare = new FreeList(maxSpare);
  }

  take(): Uint8Array {
    return this.#spare.take() ?? new Uint8Array(this.#bytes);
  }

  /** Nobody reads or writes `piece` any more. */
  keepSpare(piece: Uint8Array): void {
    this.#spare.give(piece);
  }
}
