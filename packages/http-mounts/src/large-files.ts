/**
 * Large files that are asked for often, in memory once for all who are being sent them. A file is filled in by whoever
 * reads a piece of it first; so a peer that does not read holds a place in it, and no buffer of its own.
 */
import { PIECE_BYTES } from './piece-pool.ts';
import type { Representation } from './representation.ts';

/** A file is asked for often when the request before was so long ago at most, ms; and in use for so long after one. */
const OFTEN_MS = 10_000;
/** Files of which is known when they were asked for. */
const KNOWN = 256;

/** The pieces of one file, as far as somebody has read them. */
export class LargeFile {
  readonly representation: Representation;
  readonly #pieces: (Uint8Array | undefined)[];
  #missing: number;
  /** Owned by {@link LargeFiles}. */
  users = 0;
  /** Owned by {@link LargeFiles}: when it was asked for last, ms. */
  usedAt = 0;

  constructor(representation: Representation) {
    this.representation = representation;
    this.#missing = Math.ceil(representation.length / PIECE_BYTES);
    this.#pieces = Array.from({ length: this.#missing }, () => undefined);
  }

  /** Every piece is there. */
  get complete(): boolean {
    return this.#missing === 0;
  }

  /** Bytes that piece `at` has. */
  lengthOf(at: number): number {
    return Math.min(PIECE_BYTES, this.representation.length - at * PIECE_BYTES);
  }

  piece(at: number): Uint8Array | undefined {
    return this.#pieces[at];
  }

  /** `bytes` are piece `at`, and are changed no more; the first that comes stays. */
  put(at: number, bytes: Uint8Array): void {
    if (this.#pieces[at] !== undefined) return;
    this.#pieces[at] = bytes;
    this.#missing--;
  }
}

/** Those of one context, within a bound of memory. */
export class LargeFiles {
  readonly #limit: number;
  readonly #files: Map<string, LargeFile> = new Map();
  /** When others were asked for, the longest ago first. */
  readonly #askedAt: Map<string, number> = new Map();
  /** Of files that were replaced, and are still being sent. */
  readonly #replaced: Set<LargeFile> = new Set();
  #bytes = 0;

  /** @param limit in bytes, of whole files whether they are read yet or not; 0 keeps none */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** In bytes, as the limit counts. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The file for one more transfer, until {@link leave}; undefined when it is not asked for often, has no room, or is not
   * the one that is kept and not `settled`: then nobody could tell if it changed again.
   *
   * @param now `clock.now()`, ms
   */
  enter(
    key: string,
    representation: Representation,
    settled: boolean,
    now: number,
  ): LargeFile | undefined {
    const { length } = representation;
    if (length > this.#limit) return undefined;
    let file = this.#files.get(key);
    if (file !== undefined && !file.representation.describes(representation)) {
      this.#replace(key, file);
      file = undefined;
    }
    if (file === undefined) {
      if (!this.#often(key, now) || !settled || !this.#makeRoom(length, now)) return undefined;
      file = new LargeFile(representation);
      this.#bytes += length;
    }
    // a Map is ordered by insertion
    this.#files.delete(key);
    this.#files.set(key, file);
    file.users++;
    file.usedAt = now;
    return file;
  }

  /** A transfer of it is over. */
  leave(file: LargeFile): void {
    file.users--;
    if (file.users === 0 && this.#replaced.delete(file)) this.#bytes -= file.representation.length;
  }

  #often(key: string, now: number): boolean {
    const before = this.#askedAt.get(key);
    this.#askedAt.delete(key);
    this.#askedAt.set(key, now);
    for (const oldest of this.#askedAt.keys()) {
      if (this.#askedAt.size <= KNOWN) break;
      this.#askedAt.delete(oldest);
    }
    return before !== undefined && now - before <= OFTEN_MS;
  }

  /** Files in use stay, so that many of them do not drive each other out. */
  #makeRoom(length: number, now: number): boolean {
    for (const [key, file] of this.#files) {
      if (this.#bytes + length <= this.#limit) break;
      if (file.users === 0 && now - file.usedAt > OFTEN_MS) this.#replace(key, file);
    }
    return this.#bytes + length <= this.#limit;
  }

  #replace(key: string, file: LargeFile): void {
    this.#files.delete(key);
    if (file.users > 0) this.#replaced.add(file);
    else this.#bytes -= file.representation.length;
  }
}
