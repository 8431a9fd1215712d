/**
 * Reads multipart/form-data (RFC 7578, RFC 2046 §5.1). Pure: bytes in, calls on a sink out. Content passes through
 * as it arrives; what is kept is the header of one part, and how much of a delimiter the last chunk ended with.
 */
import type { CodedError } from '@lws-ts/interface';
import { BoundedBytes } from './bounded-bytes.ts';
import { decodeUtf8 } from './decode-utf8.ts';
import { formErrors } from './form-errors.ts';
import type { FormPartSink } from './form-part.ts';
import { readPartHead } from './part-head.ts';

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const HYPHEN = 0x2d;

/** Before the first delimiter: what stands there is passed over. */
const PREAMBLE = 0;
const HEADER = 1;
const CONTENT = 2;
/** Behind a delimiter: two hyphens, or a line end after padding. */
const DELIMITED = 3;
const DELIMITED_HYPHEN = 4;
const DELIMITED_PADDING = 5;
const DELIMITED_CR = 6;
/** Behind the closing delimiter: the end, or a line end after padding. */
const CLOSED = 7;
const CLOSED_CR = 8;
/** What stands there is passed over. */
const EPILOGUE = 9;

export class MultipartReader {
  readonly #sink: FormPartSink;
  /** With the line end before it, which belongs to it. No byte of it but the first is a CR. */
  readonly #delimiter: Uint8Array;
  readonly #header: BoundedBytes;
  #state: number;
  /** Bytes of the delimiter that the last chunk ended with. */
  #matched: number;
  /** Of those, the line end that is no content if the rest does not follow: it was that of an empty line. */
  #outside: number;

  /** @param maxPartHeaderBytes longest header of a part, with its line ends */
  constructor(sink: FormPartSink, boundary: string, maxPartHeaderBytes: number) {
    this.#sink = sink;
    this.#delimiter = Uint8Array.from(`\r\n--${boundary}`, (char) => char.charCodeAt(0));
    this.#header = new BoundedBytes(maxPartHeaderBytes);
    this.#state = PREAMBLE;
    // the first delimiter may be the first line, which has no line end before it
    this.#matched = 2;
    this.#outside = 2;
  }

  /** Reads on. An error ends the form: nothing may be pushed after it. */
  push(chunk: Uint8Array): CodedError | undefined {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let at = 0;
    while (at < bytes.length) {
      const next = this.#read(bytes, at);
      if (typeof next !== 'number') return next;
      at = next;
    }
    return undefined;
  }

  /** The body is complete: says whether the form is. */
  end(): CodedError | undefined {
    return this.#state < CLOSED ? formErrors.LWS_ERR_FORM_TRUNCATED : undefined;
  }

  #read(bytes: Buffer, at: number): number | CodedError {
    switch (this.#state) {
      case PREAMBLE:
      case CONTENT:
        return this.#readContent(bytes, at);
      case HEADER:
        return this.#readHeader(bytes, at);
      case EPILOGUE:
        return bytes.length;
      default:
        return this.#readDelimited(bytes[at] ?? 0) ? at + 1 : formErrors.LWS_ERR_FORM_DELIMITER;
    }
  }

  #readContent(bytes: Buffer, from: number): number | CodedError {
    const delimiter = this.#delimiter;
    let at = from;
    if (this.#matched > 0) {
      let matched = this.#matched;
      while (at < bytes.length && matched < delimiter.length && bytes[at] === delimiter[matched]) {
        at++;
        matched++;
      }
      this.#matched = matched;
      if (matched === delimiter.length) return this.#delimited() ?? at;
      if (at === bytes.length) return at;
      // it was content; no later byte of it can begin a delimiter, as none is a CR
      this.#matched = 0;
      const error = this.#content(delimiter.slice(0, matched), this.#outside, matched);
      this.#outside = 0;
      if (error !== undefined) return error;
    }
    const found = bytes.indexOf(delimiter, at);
    if (found >= 0)
      return this.#content(bytes, at, found) ?? this.#delimited() ?? found + delimiter.length;
    const held = this.#beginOfDelimiter(bytes, at);
    this.#matched = bytes.length - held;
    return this.#content(bytes, at, held) ?? bytes.length;
  }

  /** Where the end of `bytes[at..]` may be the begin of a delimiter; their length when it is not. */
  #beginOfDelimiter(bytes: Buffer, at: number): number {
    const { length } = bytes;
    const first = Math.max(at, length - this.#delimiter.length + 1);
    for (let place = length - 1; place >= first; place--) {
      if (bytes[place] !== CR) continue;
      for (let next = place + 1; next < length; next++)
        if (bytes[next] !== this.#delimiter[next - place]) return length;
      return place;
    }
    return length;
  }

  #content(bytes: Uint8Array, start: number, end: number): CodedError | undefined {
    return this.#state === PREAMBLE || start === end
      ? undefined
      : this.#sink.partContent(bytes, start, end);
  }

  #delimited(): CodedError | undefined {
    const inPart = this.#state === CONTENT;
    this.#state = DELIMITED;
    this.#matched = 0;
    this.#outside = 0;
    return inPart ? this.#sink.partEnd() : undefined;
  }

  /** The line of a delimiter, behind it. False: that byte may not stand there. */
  #readDelimited(byte: number): boolean {
    const padding = byte === SPACE || byte === TAB;
    switch (this.#state) {
      case DELIMITED:
        if (byte === HYPHEN) return this.#enter(DELIMITED_HYPHEN);
        if (padding) return this.#enter(DELIMITED_PADDING);
        return byte === CR && this.#enter(DELIMITED_CR);
      case DELIMITED_HYPHEN:
        return byte === HYPHEN && this.#enter(CLOSED);
      case DELIMITED_PADDING:
        return padding || (byte === CR && this.#enter(DELIMITED_CR));
      case DELIMITED_CR:
        return byte === LF && this.#enter(HEADER);
      case CLOSED:
        return padding || (byte === CR && this.#enter(CLOSED_CR));
      default:
        return byte === LF && this.#enter(EPILOGUE);
    }
  }

  #enter(state: number): true {
    this.#state = state;
    return true;
  }

  #readHeader(bytes: Buffer, from: number): number | CodedError {
    const header = this.#header;
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (!header.addByte(byte)) return formErrors.LWS_ERR_FORM_PART_HEADER_BYTES;
      if (byte !== LF || header.last(1) !== CR) continue;
      const empty = header.length === 2;
      if (!empty && (header.last(2) !== LF || header.last(3) !== CR)) continue;
      return this.#partStart(Math.max(0, header.length - 4)) ?? at + 1;
    }
    return bytes.length;
  }

  /** @param length of the header without the line ends behind it */
  #partStart(length: number): CodedError | undefined {
    const text = decodeUtf8(this.#header.view().subarray(0, length));
    this.#header.clear();
    if (text === undefined) return formErrors.LWS_ERR_FORM_UTF8;
    const part = readPartHead(text);
    if ('code' in part) return part;
    this.#state = CONTENT;
    // RFC 2046 §5.1.1: without a body the delimiter has the line end of the empty line
    this.#matched = 2;
    this.#outside = 2;
    return this.#sink.partStart(part);
  }
}
