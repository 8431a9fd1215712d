import type { Transport } from '@lws-ts/interface';
import { maxPiece, noPiece, type OutputPiece } from './output-arena.ts';
import { type OutputLoop, UnsentOutput, type UnsentOwner } from './unsent-output.ts';

/** What many have is collected up to this, and written at once beyond it, in bytes. */
const collectedBytes = 16 * 1024;

/** Whose output it is. */
export interface OutputOwner extends UnsentOwner {
  /** What it leaves by. */
  readonly transport: Transport;
  /** Counts what is given to the transport. */
  sent(bytes: number): void;
}

/**
 * What a connection says: collected in one piece of the loop's arena, written when its turn ends. A short thing that
 * many are told, where it is all that this one says, stays where it is.
 */
export class ConnectionOutput {
  readonly #owner: OutputOwner;
  readonly #loop: OutputLoop;
  /** Lent from the arena while there is something in it. */
  #piece: OutputPiece = noPiece;
  /** What many are told, collected while the piece is empty. */
  #shared: Uint8Array | undefined = undefined;
  #unsent: UnsentOutput | undefined = undefined;
  #over = false;

  constructor(owner: OutputOwner, loop: OutputLoop) {
    this.#owner = owner;
    this.#loop = loop;
  }

  /** Collected and not written, in bytes. */
  get length(): number {
    return this.#piece.length + (this.#shared?.length ?? 0);
  }

  /** Where the collected bytes end, in the array of the last {@link reserve}. */
  get end(): number {
    return this.#piece.end;
  }

  reserve(bytes: number): Uint8Array {
    const shared = this.#shared;
    if (shared !== undefined) {
      this.#shared = undefined;
      this.#copy(shared);
    }
    // who writes on without asking for room gets more than one write, not an endless piece
    if (this.#piece.length + bytes > maxPiece) this.flush();
    const { arena } = this.#loop;
    if (this.#piece === noPiece) this.#piece = arena.lend();
    return arena.reserve(this.#piece, bytes);
  }

  commit(bytes: number): void {
    this.#loop.arena.commit(this.#piece, bytes);
  }

  /** Writes what was collected. */
  flush(): void {
    const shared = this.#shared;
    if (shared === undefined) this.#flushPiece();
    else {
      this.#shared = undefined;
      this.#write(shared);
      this.#countKept();
    }
  }

  /**
   * What many are told and nobody changes. Up to 16 KiB it is collected (true), and counts as this connection's where
   * the transport keeps it: who is slow may be the last to have it. More is written at once, behind what was collected.
   */
  writeShared(bytes: Uint8Array): boolean {
    const { length } = bytes;
    if (length <= collectedBytes) {
      if (this.length === 0) this.#shared = bytes;
      else this.#copy(bytes);
      return true;
    }
    if (!this.#writeBehind(bytes)) this.#keeping().shares(length);
    this.#countKept();
    return false;
  }

  /** Writes what was collected, then `bytes`, which are the transport's until `sent`. */
  writeOwned(bytes: Uint8Array, sent: (() => void) | undefined): void {
    const free = this.#writeBehind(bytes);
    this.#countKept();
    if (sent === undefined) return;
    if (free) sent();
    else this.#keeping().tells(sent);
  }

  /** What waits to be written changed by so many bytes. */
  keepsMore(bytes: number): void {
    if (!this.#over && bytes !== 0) this.#keeping().keepsMore(bytes);
  }

  /** All that was written is with the kernel. */
  drained(): void {
    this.#unsent?.drained();
  }

  /** The owner goes on with another transport; what was collected for the one before is forgotten. */
  retarget(): void {
    this.#shared = undefined;
    if (this.#piece.length > 0) this.#written(true);
    this.#unsent?.left();
  }

  /** Nothing is written any more, whatever is collected. */
  drop(): void {
    this.#over = true;
    this.#shared = undefined;
    this.#unsent?.over();
    this.flush();
  }

  #copy(bytes: Uint8Array): void {
    this.reserve(bytes.length).set(bytes, this.end);
    this.commit(bytes.length);
  }

  #flushPiece(): void {
    const piece = this.#piece;
    if (piece.length === 0) return;
    this.#written(this.#write(piece.bytes));
    this.#countKept();
  }

  /** What the transport keeps counts, in memory of its own too, where it copies what it is given. */
  #countKept(): void {
    const { bufferedBytes } = this.#owner.transport;
    if (bufferedBytes > 0 && !this.#over) this.#keeping().keeps(bufferedBytes);
  }

  /** True: the memory is free again. */
  #write(bytes: Uint8Array): boolean {
    if (this.#over) return true;
    this.#owner.sent(bytes.length);
    return this.#owner.transport.write(bytes);
  }

  /** Writes what was collected, then `bytes`, in one go where the transport can. True: the memory is free again. */
  #writeBehind(bytes: Uint8Array): boolean {
    const piece = this.#piece;
    const { transport } = this.#owner;
    if (piece.length === 0 || this.#over || transport.writeBoth === undefined) {
      this.flush();
      return this.#write(bytes);
    }
    this.#owner.sent(piece.length + bytes.length);
    const free = transport.writeBoth(piece.bytes, bytes);
    this.#written(free);
    return free;
  }

  #written(free: boolean): void {
    const piece = this.#piece;
    const { length } = piece;
    this.#piece = noPiece;
    const buffer = this.#loop.arena.written(piece, free);
    if (!free) this.#keeping().lends(buffer, length);
  }

  #keeping(): UnsentOutput {
    this.#unsent ??= new UnsentOutput(this.#owner, this.#loop);
    return this.#unsent;
  }
}
