/**
 * One output buffer for all connections of a loop. A connection's output of a turn stands in one piece, so
 * that it leaves in one write; when the transport took it all, the memory is used again.
 */
import { LwsError } from '@lws-ts/interface';
import { coreErrors } from './errors.ts';

const arenaBytes = 256 * 1024;
/** The most that one {@link OutputArena.reserve} can be asked for. */
export const maxReserve: number = 64 * 1024;

/** One connection's output of the turn: a piece of an arena's buffer. */
export class OutputPiece {
  /** Owned by the arena. */
  buffer: Uint8Array = emptyBytes;
  /** Owned by the arena. */
  start = 0;
  /** Owned by the arena. */
  end = 0;

  get length(): number {
    return this.end - this.start;
  }
}

const emptyBytes = new Uint8Array(0);

export class OutputArena {
  #buffer: Uint8Array = Buffer.allocUnsafeSlow(arenaBytes);
  #position = 0;
  /** Pieces that hold output in the current buffer. */
  #pieces = 0;
  /** The transport kept bytes of the current buffer: it is not used again from the start. */
  #kept = false;

  /**
   * Makes room for `bytes` behind the output of `piece`; the room begins at `piece.end` of the result.
   *
   * @throws `LWS_ERR_INTERNAL` for more than {@link maxReserve}, or for a piece that outgrows the arena
   */
  reserve(piece: OutputPiece, bytes: number): Uint8Array {
    const length = piece.end - piece.start;
    if (bytes > maxReserve || length + bytes > arenaBytes)
      throw new LwsError(
        coreErrors.LWS_ERR_INTERNAL,
        `no room for ${bytes} bytes behind ${length}`,
      );
    if (length === 0) {
      if (this.#position + bytes > arenaBytes) this.#renew();
      this.#begin(piece);
      return this.#buffer;
    }
    const last = piece.buffer === this.#buffer && piece.end === this.#position;
    if (!last || piece.end + bytes > arenaBytes) this.#move(piece, bytes);
    return piece.buffer;
  }

  /** The first `bytes` of the room are output now. */
  commit(piece: OutputPiece, bytes: number): void {
    if (piece.end === piece.start && bytes > 0) this.#pieces++;
    piece.end += bytes;
    if (piece.buffer === this.#buffer) this.#position = piece.end;
  }

  /** The piece was written: `free` says whether the transport needs the memory no more. */
  written(piece: OutputPiece, free: boolean): void {
    if (piece.buffer === this.#buffer) {
      if (!free) this.#kept = true;
      this.#pieces--;
      if (this.#pieces === 0 && !this.#kept) this.#position = 0;
    }
    piece.start = piece.end;
    piece.buffer = emptyBytes;
  }

  #begin(piece: OutputPiece): void {
    piece.buffer = this.#buffer;
    piece.start = this.#position;
    piece.end = this.#position;
  }

  /** Copies what a piece has to where there is room behind it. */
  #move(piece: OutputPiece, bytes: number): void {
    const { buffer, start, end } = piece;
    const length = end - start;
    if (buffer === this.#buffer) this.#pieces--;
    if (this.#position + length + bytes > arenaBytes) this.#renew();
    this.#begin(piece);
    this.#buffer.set(buffer.subarray(start, end), this.#position);
    this.commit(piece, length);
  }

  /** The old buffer lives on in those who still hold pieces of it. */
  #renew(): void {
    this.#buffer = Buffer.allocUnsafeSlow(arenaBytes);
    this.#position = 0;
    this.#pieces = 0;
    this.#kept = false;
  }
}
