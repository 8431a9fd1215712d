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
}

/** How long a file is served from memory before the disk is asked again. */
export const TRUSTED_MS = 1000;

/** @param now `clock.now()`, in ms */
export function isTrusted(file: CachedFile, now: number): boolean {
  return now - file.checkedAt < TRUSTED_MS;
}

/** What an entry costs beside its bytes and its key, roughly. */
const ENTRY_BYTES = 1024;

/** Small files, the least recently used first to go. */
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
    if (file !== undefined) {
      // A Map is ordered by insertion.
      this.#files.delete(key);
      this.#files.set(key, file);
    }
    return file;
  }

  set(key: string, file: CachedFile): void {
    this.delete(key);
    const cost = costOf(key, file);
    if (cost > this.#limit) return;
    this.#files.set(key, file);
    this.#bytes += cost;
    for (const oldest of this.#files.keys()) {
      if (this.#bytes <= this.#limit) break;
      this.delete(oldest);
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
