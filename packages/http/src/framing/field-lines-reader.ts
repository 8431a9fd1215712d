/**
 * Reads field lines up to and with the empty line that ends them (RFC 9112 §5), into a {@link HeadTable}.
 * Strict: CR LF only, tokens for names, no folding, no control bytes. Says nothing about what fields mean.
 */
import type { CodedError } from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import { COLON, CR, HTAB, LF, LOWER_TOKEN, SP, VALUE_BYTE } from './bytes.ts';
import type { HeadTable } from './head-table.ts';

const LINE_START = 0;
const NAME = 1;
const BEFORE_VALUE = 2;
const VALUE = 3;
const LINE_FEED = 4;
const LAST_LINE_FEED = 5;
const COMPLETE = 6;
const BROKEN = 7;

/** One block of field lines, in any pieces. `start`, then `push` until `complete` or `violation`. */
export class FieldLinesReader {
  readonly #table: HeadTable;
  readonly #maxFields: number;
  #state: number;
  #violation: CodedError | undefined;

  /** @param maxFields more field lines than this are `LWS_ERR_HTTP_FIELDS_LIMIT`; the table has room for as many */
  constructor(table: HeadTable, maxFields: number) {
    this.#table = table;
    this.#maxFields = maxFields;
    this.#state = LINE_START;
    this.#violation = undefined;
  }

  /** The empty line was read. */
  get complete(): boolean {
    return this.#state === COMPLETE;
  }

  /** Why nothing more is read. */
  get violation(): CodedError | undefined {
    return this.#violation;
  }

  /** Begins a block behind what the table holds. */
  start(): void {
    this.#state = LINE_START;
    this.#violation = undefined;
    this.#table.offsets[2 * this.#table.count] = this.#table.used;
  }

  /**
   * Reads `bytes[from..to)`, which the table must have room for; returns where it stopped: at `to`,
   * behind the empty line, or at the byte that is wrong.
   */
  push(bytes: Uint8Array, from: number, to: number): number {
    if (this.#state >= COMPLETE) return from;
    const table = this.#table;
    const out = table.bytes;
    const offsets = table.offsets;
    let used = table.used;
    let state = this.#state;
    let error: CodedError | undefined;
    let at = from;
    while (at < to) {
      if (state === VALUE) {
        let byte = bytes[at] as number;
        while (VALUE_BYTE[byte] !== 0) {
          out[used++] = byte;
          if (++at === to) break;
          byte = bytes[at] as number;
        }
        if (at === to) break;
        if (byte !== CR) {
          error =
            byte === LF ? httpErrors.LWS_ERR_HTTP_LINE_END : httpErrors.LWS_ERR_HTTP_FIELD_BYTE;
          break;
        }
        const start = offsets[2 * table.count + 1] as number;
        while (used > start && (out[used - 1] === SP || out[used - 1] === HTAB)) used--;
        at++;
        state = LINE_FEED;
      } else if (state === NAME) {
        let byte = bytes[at] as number;
        let lower = LOWER_TOKEN[byte] as number;
        while (lower !== 0) {
          out[used++] = lower;
          if (++at === to) break;
          byte = bytes[at] as number;
          lower = LOWER_TOKEN[byte] as number;
        }
        if (at === to) break;
        if (byte !== COLON) {
          error = httpErrors.LWS_ERR_HTTP_FIELD_NAME;
          break;
        }
        offsets[2 * table.count + 1] = used;
        at++;
        state = BEFORE_VALUE;
      } else if (state === BEFORE_VALUE) {
        const byte = bytes[at] as number;
        if (byte === SP || byte === HTAB) at++;
        else state = VALUE;
      } else if (state === LINE_FEED) {
        if (bytes[at] !== LF) {
          error = httpErrors.LWS_ERR_HTTP_LINE_END;
          break;
        }
        at++;
        table.count++;
        offsets[2 * table.count] = used;
        state = LINE_START;
      } else if (state === LINE_START) {
        const byte = bytes[at] as number;
        if (byte === CR) {
          at++;
          state = LAST_LINE_FEED;
        } else {
          error = this.#judgeFirst(byte);
          if (error !== undefined) break;
          state = NAME;
        }
      } else {
        if (bytes[at] !== LF) {
          error = httpErrors.LWS_ERR_HTTP_LINE_END;
          break;
        }
        at++;
        state = COMPLETE;
        break;
      }
    }
    table.used = used;
    this.#violation = error;
    this.#state = error === undefined ? state : BROKEN;
    return at;
  }

  #judgeFirst(byte: number): CodedError | undefined {
    if (byte === LF) return httpErrors.LWS_ERR_HTTP_LINE_END;
    if (byte === SP || byte === HTAB) return httpErrors.LWS_ERR_HTTP_FIELD_FOLDED;
    if (LOWER_TOKEN[byte] === 0) return httpErrors.LWS_ERR_HTTP_FIELD_NAME;
    if (this.#table.count === this.#maxFields) return httpErrors.LWS_ERR_HTTP_FIELDS_LIMIT;
    return undefined;
  }
}
