import { BytesKeeper, type KeptBytes } from './kept-bytes.ts';
import type { ArenaBuffer, OutputArena } from './output-arena.ts';

/** What the output of a connection needs of its loop. */
export interface OutputLoop {
  readonly arena: OutputArena;
  readonly keptOutput: KeptBytes;
  /** Memory of the arena that transports still read from, in bytes: each piece whole, however little of it is left. */
  pinnedOutput: number;
}

/** Whose output it is. */
export interface UnsentOwner {
  /** All connections together keep too much, and this one is to end. */
  overLimit(): void;
}

/**
 * Output of a connection that is not with the kernel: what its transport still keeps or reads from, and what its
 * program keeps for it. Made when a peer takes not all at once, so that who listens costs nothing of it.
 */
export class UnsentOutput extends BytesKeeper {
  readonly #owner: UnsentOwner;
  readonly #loop: OutputLoop;
  /** Whose memory the transport still reads from, told when it is drained. */
  #told: (() => void)[] | undefined = undefined;
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

  constructor(owner: UnsentOwner, loop: OutputLoop) {
    super();
    this.#owner = owner;
    this.#loop = loop;
  }

  overLimit(): void {
    this.#owner.overLimit();
  }

  /** A piece of the arena with `length` bytes of it stays with the transport. */
  lends(buffer: ArenaBuffer, length: number): void {
    this.#pins(length);
    this.#lent ??= [];
    this.#lent.push(buffer);
  }

  /** So many bytes that others have too stay with the transport. */
  shares(bytes: number): void {
    this.#shared += bytes;
  }

  /** `sent` is called when the transport is drained. */
  tells(sent: () => void): void {
    this.#told ??= [];
    this.#told.push(sent);
  }

  /** What the transport keeps now, in bytes of all. */
  keeps(buffered: number): void {
    if (buffered === 0) this.#shared = 0;
    const now = Math.max(0, buffered - this.#shared);
    if (now === this.#kept) return;
    this.#changed(now, this.#waiting);
  }

  /** What waits to be written changed by so many bytes. */
  keepsMore(bytes: number): void {
    this.#changed(this.#kept, this.#waiting + bytes);
  }

  /** All that was written is with the kernel. */
  drained(): void {
    const lent = this.#lent;
    const told = this.#told;
    this.left();
    if (lent !== undefined) for (const buffer of lent) buffer.sent();
    if (told !== undefined) for (const sent of told) sent();
  }

  /** The transport is given up, and may still read from what it was given. */
  left(): void {
    this.keeps(0);
    this.#pins(-this.#pinned);
    this.#lent = undefined;
    this.#told = undefined;
  }

  /** Nothing is written any more, whatever waits. */
  over(): void {
    this.#changed(this.#kept, 0);
    this.left();
  }

  #changed(kept: number, waiting: number): void {
    this.#loop.keptOutput.changed(this, this.#kept + this.#waiting, kept + waiting);
    this.#kept = kept;
    this.#waiting = waiting;
  }

  #pins(bytes: number): void {
    this.#pinned += bytes;
    this.#loop.pinnedOutput += bytes;
  }
}
