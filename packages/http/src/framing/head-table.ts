/**
 * The header table: the bytes of one head that matter, in one array, and where each part of it begins.
 * Strings are made of it only for what somebody asks for. Valid until the next `reset`. lws: struct allocated_headers
 */
import { isBlank, LOWER_TOKEN } from './bytes.ts';
import { knownName } from './known-names.ts';

const ANY_LENGTH = -1;

/** The bit of a name in {@link HeadTable.lengths}. */
export function lengthBit(length: number): number {
  return 1 << Math.min(length, 31);
}

/** Bytes and offsets of one head. Written by the readers of this folder, read by everybody. */
export class HeadTable {
  /** Start line parts, then name and value of each field, without separators; names in lower case. */
  readonly bytes: Uint8Array;
  /** For each field where its name begins and where its value begins; the next name ends the value. */
  readonly offsets: Uint32Array;
  /** How many bytes are written. */
  used: number;
  /** How many fields are complete. */
  count: number;
  /** Bit n is set when a name may have n letters, 31 standing for more: whoever knows the names of all fields says so. */
  lengths: number;
  /** Fields with a tab before or behind the value, in order: nobody means it, and parsers disagree on it. */
  readonly #tabbed: number[];
  readonly #text: Buffer;

  /**
   * @param capacity the largest head it has to hold, in bytes
   * @param maxFields how many fields it has room for
   */
  constructor(capacity: number, maxFields: number) {
    this.bytes = new Uint8Array(capacity);
    this.offsets = new Uint32Array(2 * maxFields + 1);
    this.used = 0;
    this.count = 0;
    this.lengths = ANY_LENGTH;
    this.#tabbed = [];
    this.#text = Buffer.from(this.bytes.buffer);
  }

  /** A table with the same head, of exactly its size. @param written bytes of a head that is not complete */
  copy(written: number = this.used): HeadTable {
    const copy = new HeadTable(written, this.count + 1);
    copy.assume(this, written);
    return copy;
  }

  /** Holds what `other` holds, whose first `written` bytes count; there is room for it. */
  assume(other: HeadTable, written: number): void {
    this.bytes.set(other.bytes.subarray(0, written));
    // of a field that is not complete too: where its name and its value begin
    const offsets = Math.min(2 * other.count + 2, this.offsets.length);
    this.offsets.set(other.offsets.subarray(0, offsets));
    this.used = other.used;
    this.count = other.count;
    this.lengths = other.lengths;
    this.#tabbed.length = 0;
    this.#tabbed.push(...other.#tabbed);
  }

  reset(): void {
    this.used = 0;
    this.count = 0;
    this.lengths = ANY_LENGTH;
    if (this.#tabbed.length > 0) this.#tabbed.length = 0;
  }

  /** A tab stands beside the value of the field that is being read. */
  markTab(): void {
    if (this.#tabbed.at(-1) !== this.count) this.#tabbed.push(this.count);
  }

  /** Whether a tab stood beside any value. */
  get tabbed(): boolean {
    return this.#tabbed.length > 0;
  }

  /** Whether a tab stood beside the value. */
  isTabbed(field: number): boolean {
    return this.#tabbed.length > 0 && this.#tabbed.includes(field);
  }

  nameStart(field: number): number {
    return this.offsets[2 * field] as number;
  }

  valueStart(field: number): number {
    return this.offsets[2 * field + 1] as number;
  }

  valueEnd(field: number): number {
    return this.offsets[2 * field + 2] as number;
  }

  /** Bytes as a string, one character a byte. */
  text(start: number, end: number): string {
    return this.#text.toString('latin1', start, end);
  }

  /** Name in lower case. */
  name(field: number): string {
    const start = this.nameStart(field);
    const end = this.valueStart(field);
    return knownName(this.bytes, start, end) ?? this.text(start, end);
  }

  /** Value without the white space around it. */
  value(field: number): string {
    return this.text(this.valueStart(field), this.valueEnd(field));
  }

  /** The first field of that lower-case name from `from` on, -1 when there is none. */
  find(name: string, from = 0): number {
    if ((this.lengths & lengthBit(name.length)) === 0) return -1;
    for (let field = from; field < this.count; field++) if (this.nameIs(field, name)) return field;
    return -1;
  }

  nameIs(field: number, name: string): boolean {
    return this.equals(this.nameStart(field), this.valueStart(field), name);
  }

  /** Whether the bytes are `text`, letter by letter. */
  equals(start: number, end: number, text: string): boolean {
    if (end - start !== text.length) return false;
    for (let at = 0; at < text.length; at++)
      if (this.bytes[start + at] !== text.charCodeAt(at)) return false;
    return true;
  }

  /** Whether the bytes are the lower-case `token`, in any case. */
  equalsToken(start: number, end: number, token: string): boolean {
    if (end - start !== token.length) return false;
    for (let at = 0; at < token.length; at++)
      if (LOWER_TOKEN[this.bytes[start + at] as number] !== token.charCodeAt(at)) return false;
    return true;
  }

  /** Whether the bytes are a token (RFC 9110 §5.6.2). */
  isToken(start: number, end: number): boolean {
    for (let at = start; at < end; at++)
      if (LOWER_TOKEN[this.bytes[at] as number] === 0) return false;
    return end > start;
  }

  /** Whether any field of that lower-case name lists the lower-case token (RFC 9110 §5.6.1). */
  lists(name: string, token: string): boolean {
    for (let field = this.find(name); field >= 0; field = this.find(name, field + 1))
      if (this.#valueLists(field, token)) return true;
    return false;
  }

  #valueLists(field: number, token: string): boolean {
    const end = this.valueEnd(field);
    let start = this.valueStart(field);
    while (start < end) {
      let stop = start;
      while (stop < end && this.bytes[stop] !== COMMA) stop++;
      if (this.equalsToken(this.#skip(start, stop), this.#trim(start, stop), token)) return true;
      start = stop + 1;
    }
    return false;
  }

  #skip(start: number, end: number): number {
    let at = start;
    while (at < end && isBlank(this.bytes[at])) at++;
    return at;
  }

  #trim(start: number, end: number): number {
    let at = end;
    while (at > start && isBlank(this.bytes[at - 1])) at--;
    return at;
  }
}

const COMMA = 0x2c;
