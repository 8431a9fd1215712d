import type { CodedError } from '@lws-ts/interface';
import { FAULT_NONE, FAULT_OVERLAP, FAULT_TWICE, LOCAL_HEADER_BYTES } from './entry-fault.ts';

/** The verdict on an entry whose content was read as a whole, and was right; before that it is 0. */
export const SOUND = 1;

/**
 * What is known of one archive: a name is found at once, the numbers of an entry stand in columns. It holds no
 * file: whoever opens an entry brings the archive opened anew.
 */
export class ZipIndex {
  readonly directories = new Set<string>();
  /** Where the directory begins, counted from the file's begin: no entry reaches past it. */
  readonly directoryStart: number;
  readonly prefix: number;
  /** Rough size in memory, bytes. */
  readonly cost: number;
  readonly #names = new Map<string, number>();
  /** The one that the name before lies in: names mostly stand together. */
  #lastDirectory = '';
  readonly #bound: Float64Array;
  readonly record: Uint32Array;
  readonly offset: Float64Array;
  readonly packed: Float64Array;
  readonly unpacked: Float64Array;
  /** Where the data begins once the local header was read, before it 0. */
  readonly data: Float64Array;
  readonly crc: Uint32Array;
  readonly dosTime: Uint32Array;
  readonly nameBytes: Uint16Array;
  readonly flags: Uint16Array;
  readonly method: Uint8Array;
  readonly fault: Uint8Array;
  readonly verdict: Uint8Array;

  constructor(count: number, start: number, bytes: number, prefix: number) {
    this.directoryStart = start;
    this.prefix = prefix;
    this.cost = bytes + 100 * count + 1024;
    this.#bound = new Float64Array(count);
    this.record = new Uint32Array(count);
    this.offset = new Float64Array(count);
    this.packed = new Float64Array(count);
    this.unpacked = new Float64Array(count);
    this.data = new Float64Array(count);
    this.crc = new Uint32Array(count);
    this.dosTime = new Uint32Array(count);
    this.nameBytes = new Uint16Array(count);
    this.flags = new Uint16Array(count);
    this.method = new Uint8Array(count);
    this.fault = new Uint8Array(count);
    this.verdict = new Uint8Array(count);
  }

  /** The number of the entry of that name, or undefined. */
  find(name: string): number | undefined {
    return this.#names.get(name);
  }

  /** The entries that have a name, by it. */
  get names(): ReadonlyMap<string, number> {
    return this.#names;
  }

  /** How many entries are not served, as far as is known. */
  get refused(): number {
    return this.fault.reduce((sum, fault) => sum + Number(fault !== FAULT_NONE), 0);
  }

  /** Gives an entry its name; two of one name are both refused. */
  put(name: string, entry: number): void {
    const before = this.#names.size;
    this.#names.set(name, entry);
    // The one that had the name before cannot be found any more.
    if (this.#names.size === before) this.fault[entry] = FAULT_TWICE;
  }

  /** Notes the directories that a name lies in. */
  putDirectories(name: string): void {
    let end = name.lastIndexOf('/');
    if (end <= 0 || (end === this.#lastDirectory.length && name.startsWith(this.#lastDirectory)))
      return;
    this.#lastDirectory = name.slice(0, end);
    for (; end > 0; end = name.lastIndexOf('/', end - 1)) {
      const directory = name.slice(0, end);
      if (this.directories.has(directory)) break;
      this.directories.add(directory);
    }
  }

  /** Finds how far each entry may reach, and refuses those whose bytes are another's too. */
  bound(): void {
    const { offset, fault } = this;
    const order = byOffset(offset);
    let bound = this.directoryStart;
    for (let at = order.length - 1; at >= 0; at--) {
      const entry = order[at] as number;
      this.#bound[entry] = bound;
      // What is refused takes no room from the others.
      if (!this.#stands(entry)) continue;
      bound = Math.min(bound, offset[entry] as number);
    }
    let owner = -1;
    let end = 0;
    for (const entry of order) {
      if (!this.#stands(entry)) continue;
      if (owner >= 0 && (offset[entry] as number) < end) {
        fault[entry] = FAULT_OVERLAP;
        fault[owner] = FAULT_OVERLAP;
      }
      const least = this.#leastEnd(entry);
      if (least <= end) continue;
      end = least;
      owner = entry;
    }
  }

  /** Where the next entry or the directory begins: the data may not reach further. */
  boundOf(entry: number): number {
    return this.#bound[entry] as number;
  }

  #stands(entry: number): boolean {
    const fault = this.fault[entry];
    return fault === FAULT_NONE || fault === FAULT_TWICE || fault === FAULT_OVERLAP;
  }

  #leastEnd(entry: number): number {
    const name = this.nameBytes[entry] as number;
    return (
      (this.offset[entry] as number) + LOCAL_HEADER_BYTES + name + (this.packed[entry] as number)
    );
  }
}

/** The entries as they lie in the archive; those at one offset as they are in its directory. */
function byOffset(offset: Float64Array): Uint32Array {
  const count = offset.length;
  const order = new Uint32Array(count);
  let sorted = true;
  let most = 0;
  for (let at = 0; at < count; at++) {
    const own = offset[at] as number;
    order[at] = at;
    if (own < most) sorted = false;
    else most = own;
  }
  if (sorted) return order;
  if (most >= Math.floor(Number.MAX_SAFE_INTEGER / count))
    return order.sort((one, other) => (offset[one] as number) - (offset[other] as number));
  // numbers are sorted in a third of the time that a function takes
  const keys = new Float64Array(count);
  for (let at = 0; at < count; at++) keys[at] = (offset[at] as number) * count + at;
  keys.sort();
  for (let at = 0; at < count; at++) order[at] = (keys[at] as number) % count;
  return order;
}

/** An index, or why there is none. */
export type Indexed = ZipIndex | CodedError;
