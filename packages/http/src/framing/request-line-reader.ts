/**
 * Reads the request line of HTTP/1.1 and the empty lines before it (RFC 9112 §2.2, §3), from bytes in any pieces, into
 * a {@link HeadTable}: method, then target. It judges method and version; what the target means is not its business.
 */
import type { CodedError } from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import { CR, isDigit, LF, METHOD_BYTE, SP, TARGET_BYTE } from './bytes.ts';
import type { HeadLimits } from './head-limits.ts';
import type { HeadTable } from './head-table.ts';

const START = 0;
const START_LINE_FEED = 1;
const METHOD = 2;
const TARGET = 3;
const VERSION = 4;
const LINE_END = 5;
const LINE_FEED = 6;
const COMPLETE = 7;
const BROKEN = 8;

const VERSION_NAME = Uint8Array.from('HTTP/', (char) => char.charCodeAt(0));
/** What stands behind the target of nearly every request; the digit before its line end may also be 0. */
const LINE_TAIL = Uint8Array.from(' HTTP/1.1\r\n', (char) => char.charCodeAt(0));
const MINOR_AT = 8;
const MAX_EMPTY_LINES = 2;

/** Methods that are passed on. */
const methods: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'];
/** What a 405 for CONNECT and TRACE lists (RFC 9110 §15.5.6). */
export const allowedMethods: string = methods.join(', ');

/** One request line at a time: `push` until `closed`, read what it found, `reset`. */
export class RequestLineReader {
  /** One of `allowedMethods`, where they are read CONNECT too; empty before it was read. */
  method: string;
  /** 0 or 1, of `HTTP/1.x`. */
  minor: number;
  /** Where the target stands in the table. */
  targetStart: number;
  targetEnd: number;
  /** Bytes of the line that were read, its line end included; empty lines before it do not count. */
  seen: number;
  readonly #table: HeadTable;
  readonly #out: Uint8Array;
  readonly #most: number;
  readonly #connects: boolean;
  #state: number;
  #violation: CodedError | undefined;
  #emptyLines: number;
  #versionAt: number;
  #major: number;

  /** @param connects lines of CONNECT are read; else it is a method that is not allowed */
  constructor(table: HeadTable, limits: HeadLimits, connects: boolean) {
    this.method = '';
    this.minor = 0;
    this.targetStart = 0;
    this.targetEnd = 0;
    this.seen = 0;
    this.#table = table;
    this.#out = table.bytes;
    this.#most = Math.min(limits.maxRequestLine, limits.maxHttpHeaderData);
    this.#connects = connects;
    this.#state = START;
    this.#violation = undefined;
    this.#emptyLines = 0;
    this.#versionAt = 0;
    this.#major = 0;
  }

  /** Nothing more is read: the line is complete, or broken where there is a `violation`. */
  get closed(): boolean {
    return this.#state >= COMPLETE;
  }

  /** Why nothing more is read. */
  get violation(): CodedError | undefined {
    return this.#violation;
  }

  /** A byte of the line has been read: empty lines before it do not count. */
  get begun(): boolean {
    return this.#state > START_LINE_FEED;
  }

  /** A line begins with the next byte, or an empty one before it. */
  get fresh(): boolean {
    return this.#state === START;
  }

  /** The line that was read before the last `reset`, of that method, is there again. */
  repeat(method: string): void {
    this.method = method;
    this.#state = COMPLETE;
  }

  /** Goes on where `other` is, whose table the own one is a copy of. */
  assume(other: RequestLineReader): void {
    this.method = other.method;
    this.minor = other.minor;
    this.targetStart = other.targetStart;
    this.targetEnd = other.targetEnd;
    this.seen = other.seen;
    this.#state = other.#state;
    this.#violation = other.#violation;
    this.#emptyLines = other.#emptyLines;
    this.#versionAt = other.#versionAt;
    this.#major = other.#major;
  }

  /** Ready for the next line, in an empty table. */
  reset(): void {
    this.method = '';
    this.seen = 0;
    this.#state = START;
    this.#violation = undefined;
    this.#emptyLines = 0;
    this.#versionAt = 0;
  }

  /** Reads `bytes[from..to)`; returns where it stopped: at `to`, behind the line, or at the byte that is wrong. */
  push(bytes: Uint8Array, from: number, to: number): number {
    if (this.#state === START) {
      const end = this.#readWhole(bytes, from, to);
      if (end > from) return end;
    }
    return this.#readBytes(bytes, from, to);
  }

  /**
   * The line at once, when all of it is there and nothing about it is out of the ordinary; else nothing is read, and
   * `from` returned: then it goes byte by byte.
   */
  #readWhole(bytes: Uint8Array, from: number, to: number): number {
    const out = this.#out;
    const bound = Math.min(to, from + this.#most);
    let at = from;
    let used = 0;
    for (; at < bound; at++) {
      const byte = bytes[at] as number;
      if (METHOD_BYTE[byte] === 0) break;
      out[used++] = byte;
    }
    const method = used;
    if (used === 0 || at >= bound || bytes[at] !== SP) return from;
    for (at++; at < bound; at++) {
      const byte = bytes[at] as number;
      if (TARGET_BYTE[byte] === 0) break;
      out[used++] = byte;
    }
    const end = at + LINE_TAIL.length;
    if (used === method || end > to || end - 2 > bound) return from;
    const minor = (bytes[at + MINOR_AT] as number) - 0x30;
    for (let tail = 0; tail < LINE_TAIL.length; tail++)
      if (bytes[at + tail] !== LINE_TAIL[tail] && !(tail === MINOR_AT && minor === 0)) return from;
    this.#table.used = used;
    this.#major = 1;
    this.minor = minor;
    this.targetStart = method;
    this.targetEnd = used;
    this.seen = end - from;
    this.#state = COMPLETE;
    const error = this.#judgeMethod();
    if (error === undefined) return end;
    this.#refuse(error);
    return end - 1;
  }

  #readBytes(bytes: Uint8Array, from: number, to: number): number {
    const out = this.#out;
    let used = this.#table.used;
    let at = from;
    let error: CodedError | undefined;
    let begin = from;
    while (at < to) {
      const state = this.#state;
      let byte = bytes[at] as number;
      if (state === START) {
        if (byte === CR) {
          if (this.#emptyLines === MAX_EMPTY_LINES) error = httpErrors.LWS_ERR_HTTP_EMPTY_LINES;
          else this.#state = START_LINE_FEED;
        } else if (METHOD_BYTE[byte] === 0) error = httpErrors.LWS_ERR_HTTP_METHOD;
        else {
          this.#state = METHOD;
          begin = at;
          continue;
        }
      } else if (state === START_LINE_FEED) {
        if (byte !== LF) error = httpErrors.LWS_ERR_HTTP_LINE_END;
        else {
          this.#emptyLines++;
          this.#state = START;
        }
      } else if (state === METHOD || state === TARGET) {
        const allowed = state === METHOD ? METHOD_BYTE : TARGET_BYTE;
        const bound = this.#lineBound(begin, to);
        while (at < bound && allowed[byte] !== 0) {
          out[used++] = byte;
          if (++at < bound) byte = bytes[at] as number;
        }
        if (at === to) break;
        if (at >= bound) error = httpErrors.LWS_ERR_HTTP_REQUEST_LINE_LIMIT;
        else if (state === METHOD) error = this.#endMethod(byte, used);
        else error = this.#endTarget(byte, used);
      } else if (state === VERSION) {
        if (at >= this.#lineBound(begin, to)) error = httpErrors.LWS_ERR_HTTP_REQUEST_LINE_LIMIT;
        else error = this.#readVersion(byte);
      } else if (state === LINE_END) {
        if (byte !== CR) error = httpErrors.LWS_ERR_HTTP_VERSION;
        else this.#state = LINE_FEED;
      } else if (state === LINE_FEED) {
        if (byte !== LF) error = httpErrors.LWS_ERR_HTTP_LINE_END;
        else error = this.#judgeLine();
      } else break;
      if (error !== undefined) break;
      at++;
    }
    this.#table.used = used;
    if (this.#state > START_LINE_FEED) this.seen += at - begin;
    if (error !== undefined) this.#refuse(error);
    return at;
  }

  /** Where the request line has to end at the latest, when it goes on at `begin`. */
  #lineBound(begin: number, to: number): number {
    return Math.min(to, begin + this.#most - this.seen);
  }

  #endMethod(byte: number, used: number): CodedError | undefined {
    if (byte !== SP) return httpErrors.LWS_ERR_HTTP_METHOD;
    this.targetStart = used;
    this.#state = TARGET;
    return undefined;
  }

  #endTarget(byte: number, used: number): CodedError | undefined {
    if (byte === CR || byte === LF) return httpErrors.LWS_ERR_HTTP_VERSION;
    if (byte !== SP || used === this.targetStart) return httpErrors.LWS_ERR_HTTP_TARGET;
    this.targetEnd = used;
    this.#state = VERSION;
    return undefined;
  }

  /** `HTTP/` digit `.` digit, in capitals (RFC 9112 §2.3). */
  #readVersion(byte: number): CodedError | undefined {
    const at = this.#versionAt++;
    if (at === 5) this.#major = byte - 0x30;
    if (at === 7) {
      this.minor = byte - 0x30;
      this.#state = LINE_END;
    }
    const right = at < 5 ? byte === VERSION_NAME[at] : at === 6 ? byte === 0x2e : isDigit(byte);
    return right ? undefined : httpErrors.LWS_ERR_HTTP_VERSION;
  }

  /** RFC 9112 §2.3, RFC 9110 §9.1: version, then method. */
  #judgeLine(): CodedError | undefined {
    this.#state = COMPLETE;
    if (this.#major !== 1 || this.minor > 1) return httpErrors.LWS_ERR_HTTP_VERSION_UNSUPPORTED;
    return this.#judgeMethod();
  }

  #judgeMethod(): CodedError | undefined {
    const table = this.#table;
    for (let each = 0; each < methods.length; each++) {
      const method = methods[each] as string;
      if (!table.equals(0, this.targetStart, method)) continue;
      this.method = method;
      return undefined;
    }
    const method = table.text(0, Math.min(this.targetStart, 8));
    if (method === 'CONNECT' && this.#connects && this.targetStart === method.length) {
      this.method = method;
      return undefined;
    }
    if (method === 'CONNECT' || method === 'TRACE')
      return httpErrors.LWS_ERR_HTTP_METHOD_NOT_ALLOWED;
    // The first line of HTTP/2 without upgrade (RFC 9113 §3.4).
    if (method === 'PRI') return httpErrors.LWS_ERR_HTTP_METHOD;
    return httpErrors.LWS_ERR_HTTP_METHOD_UNKNOWN;
  }

  #refuse(error: CodedError): void {
    this.#state = BROKEN;
    this.#violation = error;
  }
}
