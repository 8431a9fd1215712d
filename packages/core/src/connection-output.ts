import type { Transport } from '@lws-ts/interface';
import type { BytesKeeper, KeptBytes } from './kept-bytes.ts';
import {
  type ArenaBuffer,
  maxPiece,
  noPiece,
  type OutputArena,
  type OutputPiece,
} from './output-arena.ts';

/** What the output of a connection needs of its loop. */
export interface OutputLoop {
  readonly arena: OutputArena;
  readonly keptOutput: KeptBytes;
  /** Memory of the arena that transports still read from, in bytes: each piece whole, however little of it is left. */
  pinnedOutput: number;
}

/** Whose output it is. */
export interface OutputOwner extends BytesKeeper {
  /** Counts what is given to the transport. */
  sent(bytes: number): void;
}

/** What a connection says: collected in one piece of the loop's arena, written when its turn ends. */
export class ConnectionOutput {
  readonly #arena: OutputArena;
  #transport: Transport;
  readonly #owner: OutputOwner;
  readonly #loop: OutputLoop;
  readonly #allKept: KeptBytes;
  /** Lent from the arena while there is something in it. */
  #piece: OutputPiece = noPiece;
  /** Whose memory the transport still reads from, told when it is drained. */
  #unsent: (() => void)[] | undefined = undefined;
  /** Memory of the arena that the transport still reads from. */
  #lent: ArenaBuffer[] | undefined = undefined;
  /** What this connection has of {@link OutputLoop.pinnedOutput}. */
  #pinned = 0;
  /** What the transport keeps in memory that is this connection's alone, as of the last write, in bytes. */
  #kept = 0;
  /** What waits before it was written, in bytes. */
  #waiting = 0;
  /** Written since the transport was last drained, in memory that others have too. */
  #shared = 0;
  #over = false;

  constructor(owner: OutputOwner, loop: OutputLoop, transport: Transport) {
    this.#owner = owner;
    this.#loop = loop;
    this.#arena = loop.arena;
    this.#allKept = loop.keptOutput;
    this.#transport = transport;
  }

  /** Collected and not written, in bytes. */
  get length(): number {
    return this.#piece.length;
  }

  /** Where the collected bytes end, in the array of the last {@link reserve}. */
  get end(): number {
    return this.#piece.end;
  }

  reserve(bytes: number): Uint8Array {
    // who writes on without asking for room gets more than one write, not an endless piece
    if (this.#piece.length + bytes > maxPiece) this.flush();
    if (this.#piece === noPiece) this.#piece = this.#arena.lend();
    return this.#arena.reserve(this.#piece, bytes);
  }

  commit(bytes: number): void {
    this.#arena.commit(this.#piece, bytes);
  }

  /** Writes what was collected. */
  flush(): void {
    const piece = this.#piece;
    const length = piece.length;
    if (length === 0) return;
    if (this.#over) {
      this.#written(true);
      return;
    }
    this.#owner.sent(length);
    const free = this.#transport.write(piece.bytes);
    this.#written(free);
    if (!free) this.#keeps(this.#transport.bufferedBytes);
  }

  /** Writes what was collected, then `bytes`, which many have and nobody changes. */
  writeShared(bytes: Uint8Array): void {
    const piece = this.#piece;
    const transport = this.#transport;
    if (piece.length === 0 || this.#over || transport.writeBoth === undefined) {
      this.flush();
      if (this.#over) return;
      this.#owner.sent(bytes.length);
      if (!transport.write(bytes)) this.#shared += bytes.length;
      return;
    }
    this.#owner.sent(piece.length + bytes.length);
    const free = transport.writeBoth(piece.bytes, bytes);
    this.#written(free);
    if (free) return;
    this.#shared += bytes.length;
    this.#keeps(transport.bufferedBytes);
  }

  /** Writes what was collected, then `bytes`, which are the transport's until `sent`. */
  writeOwned(bytes: Uint8Array, sent: (() => void) | undefined): void {
    this.flush();
    if (!this.#over) this.#owner.sent(bytes.length);
    const free = this.#over || this.#transport.write(bytes);
    if (!free) this.#keeps(this.#transport.bufferedBytes);
    if (sent === undefined) return;
    if (free) sent();
    else {
      this.#unsent ??= [];
      this.#unsent.push(sent);
    }
  }

  /** What waits to be written changed by so many bytes. */
  keepsMore(bytes: number): void {
    if (this.#over || bytes === 0) return;
    const before = this.#kept + this.#waiting;
    this.#waiting += bytes;
    this.#allKept.changed(this.#owner, before, this.#kept + this.#waiting);
  }

  /** All that was written is with the kernel. */
  drained(): void {
    this.#keeps(0);
    this.#pins(-this.#pinned);
    const lent = this.#lent;
    this.#lent = undefined;
    if (lent !== undefined) for (const buffer of lent) buffer.sent();
    const unsent = this.#unsent;
    this.#unsent = undefined;
    if (unsent !== undefined) for (const sent of unsent) sent();
  }

  /** Goes on with another transport; what was collected for the one before is forgotten. */
  retarget(transport: Transport): void {
    if (this.#piece.length > 0) this.#written(true);
    this.#keeps(0);
    this.#pins(-this.#pinned);
    // a transport that is given up may still read from it
    this.#lent = undefined;
    this.#unsent = undefined;
    this.#transport = transport;
  }

  /** Nothing is written any more, whatever is collected. */
  drop(): void {
    this.keepsMore(-this.#waiting);
    this.#over = true;
    this.#keeps(0);
    this.#pins(-this.#pinned);
    // a transport that is given up may still read from it
    this.#lent = undefined;
    this.#unsent = undefined;
    this.flush();
  }

  #written(free: boolean): void {
    const piece = this.#piece;
    const { length } = piece;
    this.#piece = noPiece;
    const buffer = this.#arena.written(piece, free);
    if (free) return;
    this.#pins(length);
    this.#lent ??= [];
    this.#lent.push(buffer);
  }

  #pins(bytes: number): void {
    this.#pinned += bytes;
    this.#loop.pinnedOutput += bytes;
  }

  #keeps(buffered: number): void {
    if (buffered === 0) this.#shared = 0;
    const now = Math.max(0, buffered - this.#shared);
    if (now === this.#kept) return;
    this.#allKept.changed(this.#owner, this.#kept + this.#waiting, now + this.#waiting);
    this.#kept = now;
  }
}
