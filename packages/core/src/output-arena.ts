/**
 * Output buffers for all connections of a loop. A connection's output of a turn stands in one piece, so that
 * it leaves in one write; when the transport took it all, the memory is used again, and when it kept some, once that
 * is with the kernel.
 *
 * There are three sizes: a transport that keeps a piece keeps the whole buffer alive, so a small piece must
 * stand in a small one. A thousand peers that do not read cost about what is kept for them.
 */
import { LwsError } from '@lws-ts/interface';
import { coreErrors } from './errors.ts';
import { FreeList } from './free-list.ts';

/** Room for 16 KiB of a program and for what frames them. */
const smallBytes = 16 * 1024 + 64;
/** Memory that many connections of one turn needed is used again, up to so many bytes of each size. */
const spareBytes = 4 * 1024 * 1024;
/** So many pieces are used again; those that more connections at a time need are not kept. */
const sparePieces = 1024;
/** The most that is collected in one piece. */
export const maxPiece: number = 80 * 1024;
/** The most that an empty piece can be given at once: fewer writes of a long message, and it fits a cache still. */
export const maxReserve: number = 256 * 1024;

/** Memory that pieces are cut from, one behind the other. */
export class ArenaBuffer {
  /** To write into: of a Buffer a view costs half as much again. */
  readonly memory: Uint8Array;
  /** The same for streams, which would wrap plain bytes. */
  readonly #buffer: Buffer;
  position = 0;
  /** Pieces that hold output. */
  pieces = 0;
  /** Pieces that a transport still reads from: as long as there is one it is not used again from the start. */
  #kept = 0;
  readonly #shelf: ArenaShelf | undefined;
  /** What was last written of it. */
  #view: Uint8Array;
  #viewStart = 0;

  constructor(bytes: number, shelf: ArenaShelf | undefined) {
    this.#buffer = Buffer.allocUnsafeSlow(bytes);
    this.memory = new Uint8Array(this.#buffer.buffer);
    this.#shelf = shelf;
    this.#view = this.#buffer.subarray(0, 0);
  }

  /** Its bytes from `start` to `end`. One view serves as often as the same are asked for: many say as much as the one before. */
  view(start: number, end: number): Uint8Array {
    if (start !== this.#viewStart || end - start !== this.#view.length) {
      this.#view = this.#buffer.subarray(start, end);
      this.#viewStart = start;
    }
    return this.#view;
  }

  /** One piece less stands in it; `kept`: a transport has it until {@link sent}. */
  left(kept: boolean): void {
    this.pieces--;
    if (kept) this.#kept++;
    this.#freeIfUnused();
  }

  /** A transport needs a piece no more that it kept. */
  sent(): void {
    this.#kept--;
    this.#freeIfUnused();
  }

  #freeIfUnused(): void {
    if (this.pieces === 0 && this.#kept === 0) this.#shelf?.free(this);
  }

  fits(bytes: number): boolean {
    return this.position + bytes <= this.memory.length;
  }
}

const nowhere = new ArenaBuffer(0, undefined);

/** One connection's output of the turn. */
export class OutputPiece {
  /** Owned by the arena. */
  within: ArenaBuffer = nowhere;
  /** Owned by the arena. */
  start = 0;
  /** Owned by the arena. */
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  /** What it holds. */
  get bytes(): Uint8Array {
    return this.within.view(this.start, this.end);
  }

  /** What the piece is cut from. */
  get buffer(): Uint8Array {
    return this.within.memory;
  }
}

/** What an output has that has nothing to say. */
export const noPiece: OutputPiece = new OutputPiece();

/** Buffers of one size: the one that is cut from, and spare ones. */
class ArenaShelf {
  readonly #bytes: number;
  readonly #spare: FreeList<ArenaBuffer>;
  #current: ArenaBuffer;

  /** @param rare the first buffer is made when it is needed */
  constructor(bytes: number, rare: boolean) {
    this.#bytes = bytes;
    this.#spare = new FreeList(Math.floor(spareBytes / bytes));
    this.#current = rare ? nowhere : new ArenaBuffer(bytes, this);
  }

  /** One with room for `bytes`. */
  take(bytes: number): ArenaBuffer {
    if (!this.#current.fits(bytes))
      this.#current = this.#spare.take() ?? new ArenaBuffer(this.#bytes, this);
    return this.#current;
  }

  /** No piece stands in it any more. */
  free(buffer: ArenaBuffer): void {
    buffer.position = 0;
    if (buffer !== this.#current) this.#spare.give(buffer);
  }
}

export class OutputArena {
  readonly #small = new ArenaShelf(smallBytes, false);
  readonly #large = new ArenaShelf(maxPiece, false);
  readonly #long = new ArenaShelf(maxReserve, true);
  /** As many as were lent at a time. */
  readonly #pieces = new FreeList<OutputPiece>(sparePieces);

  /** An empty piece, until {@link written} takes it back. */
  lend(): OutputPiece {
    return this.#pieces.take() ?? new OutputPiece();
  }

  /**
   * Makes room for `bytes` behind the output of `piece`; the room begins at `piece.end` of the result.
   *
   * @throws `LWS_ERR_INTERNAL` for more than {@link maxReserve}, or for one behind others that outgrows {@link maxPiece}
   */
  reserve(piece: OutputPiece, bytes: number): Uint8Array {
    const length = piece.end - piece.start;
    if (bytes > maxReserve || (length > 0 && length + bytes > maxPiece))
      throw new LwsError(
        coreErrors.LWS_ERR_INTERNAL,
        `no room for ${bytes} bytes behind ${length}`,
      );
    const { within } = piece;
    const fits = piece.end + bytes <= within.memory.length;
    if (length === 0 || !fits || piece.end !== within.position) this.#place(piece, length, bytes);
    return piece.within.memory;
  }

  /** The first `bytes` of the room are output now. */
  commit(piece: OutputPiece, bytes: number): void {
    if (piece.end === piece.start && bytes > 0) piece.within.pieces++;
    piece.end += bytes;
    piece.within.position = piece.end;
  }

  /**
   * The piece was written and is given back: `free` says whether the transport needs the memory no more. Else what is
   * returned is to be told when it is `sent`; memory of which nobody tells that is left to the garbage collector.
   */
  written(piece: OutputPiece, free: boolean): ArenaBuffer {
    const { within } = piece;
    within.left(!free);
    piece.within = nowhere;
    piece.start = 0;
    piece.end = 0;
    this.#pieces.give(piece);
    return within;
  }

  /** Gives a piece a place with room behind it, and takes what it has along. */
  #place(piece: OutputPiece, length: number, bytes: number): void {
    const { within, start, end } = piece;
    const next = this.#bufferFor(length + bytes);
    piece.within = next;
    piece.start = next.position;
    piece.end = next.position;
    if (length === 0) return;
    next.memory.set(within.memory.subarray(start, end), next.position);
    this.commit(piece, length);
    within.left(false);
  }

  #bufferFor(bytes: number): ArenaBuffer {
    if (bytes <= smallBytes) return this.#small.take(bytes);
    return (bytes <= maxPiece ? this.#large : this.#long).take(bytes);
  }
}
