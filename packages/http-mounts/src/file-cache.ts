import type { Representation } from './representation.ts';

/** A small file kept in memory. */
export interface CachedFile {
  readonly representation: Representation;
  readonly bytes: Uint8Array;
  /**
   * The file had not been changed for a while when it was read. Where it had, a second change within the
   * same tick of the file system's clock could not be told from the first.
   */
  readonly settled: boolean;
  /** `clock.now()` when the disk last agreed. */
  checkedAt: number;
  /** Owned by the cache: it was asked for since it was put at the end of those that may go. */
  used: boolean;
}

/** How long a file is served from memory before the disk is asked again. */
export const TRUSTED_MS = 1000;

/** @param now `clock.now()`, in ms */
export function isTrusted(file: CachedFile, now: number): boolean {
  return now - file.checkedAt < TRUSTED_MS;
}

/** What an entry costs beside its bytes and its key, roughly. */
const ENTRY_BYTES = 1024;

/** Small files. Those go first that were not asked for since they came, or since their turn to go was put off for it. */
export class FileCache {
  readonly #limit: number;
  readonly #files: Map<string, CachedFile>;
  #bytes: number;

  /** @param limit in bytes, keys and overhead counted; 0 keeps nothing */
  constructor(limit: number) {
    this.#limit = limit;
    this.#files = new Map();
    this.#bytes = 0;
  }

  /** In bytes, as the limit counts. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): CachedFile | undefined {
    const file = this.#files.get(key);
    if (file !== undefined) file.used = true;
    return file;
  }

  set(key: string, file: CachedFile): void {
    this.delete(key);
    const cost = costOf(key, file);
    if (cost > this.#limit) return;
    this.#makeRoom(cost);
    this.#files.set(key, file);
    this.#bytes += cost;
  }

  #makeRoom(bytes: number): void {
    for (const [key, file] of this.#files) {
      if (this.#bytes + bytes <= this.#limit) return;
      if (file.used) {
        file.used = false;
        // a Map is ordered by insertion, and comes to what is put behind
        this.#files.delete(key);
        this.#files.set(key, file);
      } else this.delete(key);
    }
  }

  delete(key: string): void {
    const file = this.#files.get(key);
    if (file === undefined) return;
    this.#files.delete(key);
    this.#bytes -= costOf(key, file);
  }
}

function costOf(key: string, file: CachedFile): number {
  return file.bytes.length + 2 * key.length + ENTRY_BYTES;
}
