/**
 * Reads a chunked body (RFC 9112 §7.1) from bytes in any pieces: what is data goes to a sink in place, what is
 * framing is judged and dropped, trailers are kept apart from the head. Stricter than the RFC where leniency
 * is how requests get smuggled: CR LF only, no white space, bounded sizes and extensions. Nothing is allocated
 * for a chunk; a table is, once, for trailers.
 */
import type { CodedError, HttpFields } from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import { CR, HEX_DIGIT, LF, LOWER_TOKEN, VALUE_BYTE } from './bytes.ts';
import { FieldLinesReader } from './field-lines-reader.ts';
import { defaultHeadLimits, type HeadLimits } from './head-limits.ts';
import { HeadTable } from './head-table.ts';
import { isHeadOnly } from './trailer-fields.ts';

/** Where {@link ChunkedBodyReader} puts the data. Called in stream order, never re-entered. */
export interface ChunkedBodySink {
  /**
   * Data, as soon as it arrives: `bytes[start..end)` of the pushed bytes. Returns the place up to which it was
   * taken; when that is not `end`, `push` stops there and the rest is given again.
   */
  data(bytes: Uint8Array, start: number, end: number): number;
}

const SIZE = 0;
const SIZE_LINE_FEED = 1;
const NAME_BEGIN = 2;
const NAME = 3;
const VALUE_BEGIN = 4;
const TOKEN = 5;
const QUOTED = 6;
const ESCAPED = 7;
const QUOTED_END = 8;
const DATA = 9;
const DATA_RETURN = 10;
const DATA_LINE_FEED = 11;
const AFTER_LAST = 12;
const LAST_LINE_FEED = 13;
const TRAILERS = 14;
const COMPLETE = 15;
const BROKEN = 16;

/** Digits of a size, leading zeros among them. */
const MAX_DIGITS = 16;
/** 13 digits. */
const MAX_SIZE = 2 ** 52 - 1;
/** Of one message together, in bytes. */
const MAX_EXTENSION_BYTES = 4096;

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const noTrailers: HttpFields = Object.freeze([]);

/** One body: `push` until `complete` or `violation`. */
export class ChunkedBodyReader {
  readonly #sink: ChunkedBodySink;
  readonly #maxBytes: number;
  readonly #limits: HeadLimits;
  #state: number;
  #violation: CodedError | undefined;
  #size: number;
  #digits: number;
  /** Data of the chunk in hand that is to come. */
  #left: number;
  /** Data and framing so far. */
  #counted: number;
  #extensionBytes: number;
  #table: HeadTable | undefined;
  #fields: FieldLinesReader | undefined;

  /**
   * @param maxBytes what the body may have, data and framing of its chunks together; a size that leads over it
   *   is `LWS_ERR_HTTP_BODY_LIMIT` before any of that chunk is given
   * @param limits of the trailers: as many bytes and fields as a head may have
   */
  constructor(sink: ChunkedBodySink, maxBytes: number, limits: HeadLimits = defaultHeadLimits) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
    this.#limits = limits;
    this.#state = SIZE;
    this.#violation = undefined;
    this.#size = 0;
    this.#digits = 0;
    this.#left = 0;
    this.#counted = 0;
    this.#extensionBytes = 0;
    this.#table = undefined;
    this.#fields = undefined;
  }

  /** The last chunk and its trailers have been read; what follows is the next message. */
  get complete(): boolean {
    return this.#state === COMPLETE;
  }

  /** Why the peer has to be refused; nothing more is read. */
  get violation(): CodedError | undefined {
    return this.#violation;
  }

  /** Fields behind the body, names in lower case; empty until `complete`. */
  get trailers(): HttpFields {
    const table = this.#table;
    if (table === undefined || this.#state !== COMPLETE) return noTrailers;
    return Array.from({ length: table.count }, (_, field) => [
      table.name(field),
      table.value(field),
    ]);
  }

  /**
   * Reads `bytes[from..to)`; returns where it stopped: at `to`, behind the body, where the sink took no more,
   * or at the byte that is wrong or one too many.
   */
  push(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (at < to) {
      const state = this.#state;
      if (state === DATA) {
        const end = to - at > this.#left ? at + this.#left : to;
        const taken = this.#sink.data(bytes, at, end);
        this.#left -= taken - at;
        if (this.#left === 0) this.#state = DATA_RETURN;
        if (taken < end) return taken;
        at = end;
      } else if (state < TRAILERS) {
        const error = this.#step(state, bytes[at] as number);
        if (error !== undefined) {
          this.#refuse(error);
          return at;
        }
        // The first byte of a trailer is read again, as one.
        if (this.#state !== TRAILERS) at++;
      } else if (state === TRAILERS) return this.#readTrailers(bytes, at, to);
      else break;
    }
    return at;
  }

  /** One byte of framing. */
  #step(state: number, byte: number): CodedError | undefined {
    this.#counted++;
    switch (state) {
      case SIZE:
        return this.#readSize(byte);
      case SIZE_LINE_FEED:
        return byte === LF ? this.#endSize() : httpErrors.LWS_ERR_HTTP_LINE_END;
      case DATA_RETURN:
        if (byte !== CR) return httpErrors.LWS_ERR_HTTP_CHUNK_DATA;
        this.#state = DATA_LINE_FEED;
        return undefined;
      case DATA_LINE_FEED:
        if (byte !== LF) return httpErrors.LWS_ERR_HTTP_CHUNK_DATA;
        this.#state = SIZE;
        return undefined;
      case AFTER_LAST:
        if (byte === CR) this.#state = LAST_LINE_FEED;
        else this.#beginTrailers();
        return undefined;
      case LAST_LINE_FEED:
        if (byte !== LF) return httpErrors.LWS_ERR_HTTP_LINE_END;
        this.#state = COMPLETE;
        return undefined;
      default:
        return this.#readExtension(state, byte);
    }
  }

  #readSize(byte: number): CodedError | undefined {
    const digit = HEX_DIGIT[byte] as number;
    if (digit === 255) {
      if (byte === LF) return httpErrors.LWS_ERR_HTTP_LINE_END;
      if (this.#digits === 0 || (byte !== CR && byte !== SEMICOLON))
        return httpErrors.LWS_ERR_HTTP_CHUNK_SIZE;
      if (byte === CR) this.#state = SIZE_LINE_FEED;
      else return this.#readExtension(NAME, byte);
      return undefined;
    }
    this.#size = this.#size * 16 + digit;
    return ++this.#digits > MAX_DIGITS || this.#size > MAX_SIZE
      ? httpErrors.LWS_ERR_HTTP_CHUNK_SIZE
      : undefined;
  }

  #endSize(): CodedError | undefined {
    const size = this.#size;
    this.#size = 0;
    this.#digits = 0;
    if (size === 0) {
      this.#state = AFTER_LAST;
      return undefined;
    }
    this.#counted += size;
    // With the CR LF behind it.
    if (this.#counted + 2 > this.#maxBytes) return httpErrors.LWS_ERR_HTTP_BODY_LIMIT;
    this.#left = size;
    this.#state = DATA;
    return undefined;
  }

  /** RFC 9112 §7.1.1, without the white space that it calls bad. */
  #readExtension(state: number, byte: number): CodedError | undefined {
    const between = state === NAME || state === TOKEN || state === QUOTED_END;
    if (byte === CR && between) {
      this.#state = SIZE_LINE_FEED;
      return undefined;
    }
    if (byte === LF) return httpErrors.LWS_ERR_HTTP_LINE_END;
    if (++this.#extensionBytes > MAX_EXTENSION_BYTES)
      return httpErrors.LWS_ERR_HTTP_CHUNK_EXTENSION_LIMIT;
    const next = byte === SEMICOLON && between ? NAME_BEGIN : extensionStep(state, byte);
    if (next < 0) return httpErrors.LWS_ERR_HTTP_CHUNK_EXTENSION;
    this.#state = next;
    return undefined;
  }

  #beginTrailers(): void {
    const { maxHttpHeaderData, maxHeaderFields } = this.#limits;
    this.#table = new HeadTable(maxHttpHeaderData, maxHeaderFields);
    this.#fields = new FieldLinesReader(this.#table, maxHeaderFields);
    this.#fields.start(maxHttpHeaderData);
    this.#state = TRAILERS;
  }

  #readTrailers(bytes: Uint8Array, from: number, to: number): number {
    const fields = this.#fields as FieldLinesReader;
    const at = fields.push(bytes, from, to);
    if (!fields.closed) return at;
    const error = fields.violation ?? judgeTrailers(this.#table as HeadTable);
    if (error === undefined) this.#state = COMPLETE;
    else this.#refuse(error);
    return at;
  }

  #refuse(error: CodedError): void {
    this.#state = BROKEN;
    this.#violation = error;
  }
}

/** The state behind `byte`, which is neither the end of an extension nor of the line; -1 when it may not stand there. */
function extensionStep(state: number, byte: number): number {
  switch (state) {
    case NAME_BEGIN:
      return LOWER_TOKEN[byte] === 0 ? -1 : NAME;
    case NAME:
      if (byte === EQUALS) return VALUE_BEGIN;
      return LOWER_TOKEN[byte] === 0 ? -1 : NAME;
    case VALUE_BEGIN:
      if (byte === QUOTE) return QUOTED;
      return LOWER_TOKEN[byte] === 0 ? -1 : TOKEN;
    case TOKEN:
      return LOWER_TOKEN[byte] === 0 ? -1 : TOKEN;
    case QUOTED:
      if (byte === QUOTE) return QUOTED_END;
      if (byte === BACKSLASH) return ESCAPED;
      return VALUE_BYTE[byte] === 0 ? -1 : QUOTED;
    case ESCAPED:
      return VALUE_BYTE[byte] === 0 ? -1 : QUOTED;
    default:
      return -1;
  }
}

function judgeTrailers(table: HeadTable): CodedError | undefined {
  for (let field = 0; field < table.count; field++)
    if (isHeadOnly(table.name(field))) return httpErrors.LWS_ERR_HTTP_TRAILER;
  return undefined;
}
