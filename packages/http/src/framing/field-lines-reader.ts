/**
 * Reads field lines up to and with the empty line that ends them (RFC 9112 §5), into a {@link HeadTable}.
 * Strict: CR LF only, tokens for names, no folding, no control bytes. Says nothing about what fields mean.
 */
import type { CodedError } from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import { COLON, CR, HTAB, isBlank, LF, LOWER_TOKEN, SP, VALUE_BYTE } from './bytes.ts';
import type { HeadTable } from './head-table.ts';

const LINE_START = 0;
const NAME = 1;
const BEFORE_VALUE = 2;
const VALUE = 3;
const LINE_FEED = 4;
const LAST_LINE_FEED = 5;
const COMPLETE = 6;
const BROKEN = 7;

/** One block of field lines, in any pieces. `start`, then `push` until `closed`. */
export class FieldLinesReader {
  readonly #table: HeadTable;
  readonly #out: Uint8Array;
  readonly #offsets: Uint32Array;
  readonly #maxFields: number;
  #state: number;
  #used: number;
  /** What `#used` may be at most: less by one for each byte that was read and is not kept. */
  #most: number;
  #violation: CodedError | undefined;

  /** @param maxFields more field lines than this are `LWS_ERR_HTTP_FIELDS_LIMIT`; the table has room for as many */
  constructor(table: HeadTable, maxFields: number) {
    this.#table = table;
    this.#out = table.bytes;
    this.#offsets = table.offsets;
    this.#maxFields = maxFields;
    this.#state = LINE_START;
    this.#used = 0;
    this.#most = 0;
    this.#violation = undefined;
  }

  /** Nothing more is read: the block is complete, or broken where there is a `violation`. */
  get closed(): boolean {
    return this.#state >= COMPLETE;
  }

  /** Why nothing more is read. */
  get violation(): CodedError | undefined {
    return this.#violation;
  }

  /** How far the table is written, while a block is read. */
  get used(): number {
    return this.#used;
  }

  /** Goes on where `other` is, whose table the own one is a copy of. */
  assume(other: FieldLinesReader): void {
    this.#state = other.#state;
    this.#used = other.#used;
    this.#most = other.#most;
    this.#violation = other.#violation;
  }

  /** Begins a block behind what the table holds. @param limit the most bytes it may have, which the table has room for */
  start(limit: number): void {
    this.#state = LINE_START;
    this.#most = this.#table.used + limit;
    this.#used = this.#table.used;
    this.#violation = undefined;
    this.#offsets[2 * this.#table.count] = this.#used;
  }

  /** Reads `bytes[from..to)`; returns where it stopped: at `to`, behind the empty line, or at the byte that is wrong. */
  push(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (at < to) {
      const state = this.#state;
      // The two that last for more than a byte or two; the others go byte by byte.
      if (state === VALUE) at = this.#readValue(bytes, at, to);
      else if (state === NAME) at = this.#readName(bytes, at, to);
      else if (state === LINE_START) {
        at = this.#readLines(bytes, at, to);
        if (at < to) at = this.#step(state, bytes[at] as number, at);
      } else if (state < COMPLETE) at = this.#step(state, bytes[at] as number, at);
      else break;
    }
    return at;
  }

  /**
   * Lines that are there as a whole and out of the ordinary in nothing: a name, a colon, at most one space, a value with no
   * white space around it. Returns where the first begins that is not so, of which nothing is taken.
   */
  #readLines(bytes: Uint8Array, from: number, to: number): number {
    const out = this.#out;
    const offsets = this.#offsets;
    const table = this.#table;
    let used = this.#used;
    let begin = from;
    while (table.count < this.#maxFields) {
      const bound = Math.min(to, begin + this.#most - this.#used);
      let at = begin;
      for (; at < bound; at++) {
        const lower = LOWER_TOKEN[bytes[at] as number] as number;
        if (lower === 0) break;
        out[used++] = lower;
      }
      if (at === begin || at >= bound || bytes[at] !== COLON) break;
      const start = used;
      if (++at < bound && bytes[at] === SP) at++;
      for (; at < bound; at++) {
        const byte = bytes[at] as number;
        if (VALUE_BYTE[byte] === 0) break;
        out[used++] = byte;
      }
      if (at + 1 >= bound || bytes[at] !== CR || bytes[at + 1] !== LF) break;
      if (used > start && (isBlank(out[start]) || isBlank(out[used - 1]))) break;
      at += 2;
      offsets[2 * table.count + 1] = start;
      offsets[2 * ++table.count] = used;
      this.#most -= at - begin - (used - this.#used);
      this.#used = used;
      begin = at;
    }
    return begin;
  }

  #readValue(bytes: Uint8Array, from: number, to: number): number {
    const out = this.#out;
    let used = this.#used;
    const bound = to - from > this.#most - used ? from + this.#most - used : to;
    for (let at = from; at < bound; at++) {
      const byte = bytes[at] as number;
      if (VALUE_BYTE[byte] === 0) {
        this.#used = used;
        return this.#endValue(byte, at);
      }
      out[used++] = byte;
    }
    this.#used = used;
    return bound < to ? this.#refuse(httpErrors.LWS_ERR_HTTP_HEAD_LIMIT, bound) : to;
  }

  #readName(bytes: Uint8Array, from: number, to: number): number {
    const out = this.#out;
    let used = this.#used;
    const bound = to - from > this.#most - used ? from + this.#most - used : to;
    for (let at = from; at < bound; at++) {
      const lower = LOWER_TOKEN[bytes[at] as number] as number;
      if (lower === 0) {
        this.#used = used;
        return this.#endName(bytes[at] as number, at);
      }
      out[used++] = lower;
    }
    this.#used = used;
    return bound < to ? this.#refuse(httpErrors.LWS_ERR_HTTP_HEAD_LIMIT, bound) : to;
  }

  #endName(byte: number, at: number): number {
    if (byte !== COLON) return this.#refuse(httpErrors.LWS_ERR_HTTP_FIELD_NAME, at);
    this.#offsets[2 * this.#table.count + 1] = this.#used;
    this.#state = BEFORE_VALUE;
    this.#most--;
    return at + 1;
  }

  /** White space behind a value is not of it (RFC 9112 §5.1). */
  #endValue(byte: number, at: number): number {
    if (byte === LF) return this.#refuse(httpErrors.LWS_ERR_HTTP_LINE_END, at);
    if (byte !== CR) return this.#refuse(httpErrors.LWS_ERR_HTTP_FIELD_BYTE, at);
    const out = this.#out;
    const start = this.#offsets[2 * this.#table.count + 1] as number;
    let end = this.#used;
    while (end > start && isBlank(out[end - 1])) if (out[--end] === HTAB) this.#table.markTab();
    this.#most -= 1 + this.#used - end;
    this.#used = end;
    this.#state = LINE_FEED;
    return at + 1;
  }

  /** One byte of the other states: what stands between names and values. */
  #step(state: number, byte: number, at: number): number {
    if (state === BEFORE_VALUE && byte !== SP && byte !== HTAB) {
      this.#state = VALUE;
      return at;
    }
    if (state === LINE_START && byte !== CR) {
      const full = this.#used >= this.#most;
      const error = full ? httpErrors.LWS_ERR_HTTP_HEAD_LIMIT : this.#judgeFirst(byte);
      if (error !== undefined) return this.#refuse(error, at);
      this.#state = NAME;
      return at;
    }
    if (this.#used >= this.#most) return this.#refuse(httpErrors.LWS_ERR_HTTP_HEAD_LIMIT, at);
    this.#most--;
    if (state === BEFORE_VALUE) {
      if (byte === HTAB) this.#table.markTab();
      return at + 1;
    }
    if (state === LINE_START) {
      this.#state = LAST_LINE_FEED;
      return at + 1;
    }
    if (byte !== LF) return this.#refuse(httpErrors.LWS_ERR_HTTP_LINE_END, at);
    if (state === LINE_FEED) {
      this.#offsets[2 * ++this.#table.count] = this.#used;
      this.#state = LINE_START;
    } else {
      this.#table.used = this.#used;
      this.#state = COMPLETE;
    }
    return at + 1;
  }

  #judgeFirst(byte: number): CodedError | undefined {
    if (byte === LF) return httpErrors.LWS_ERR_HTTP_LINE_END;
    if (byte === SP || byte === HTAB) return httpErrors.LWS_ERR_HTTP_FIELD_FOLDED;
    if (LOWER_TOKEN[byte] === 0) return httpErrors.LWS_ERR_HTTP_FIELD_NAME;
    if (this.#table.count === this.#maxFields) return httpErrors.LWS_ERR_HTTP_FIELDS_LIMIT;
    return undefined;
  }

  #refuse(error: CodedError, at: number): number {
    this.#violation = error;
    this.#state = BROKEN;
    return at;
  }
}
