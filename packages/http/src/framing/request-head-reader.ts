/**
 * Reads the head of an HTTP/1.1 request (RFC 9112 §2 to §6) from bytes in any pieces, by offsets into a
 * {@link HeadTable}. It judges everything that decides where the message ends and whom it is for, and is
 * stricter than the RFC where leniency is how requests get smuggled. It reads no body and answers nothing.
 */
import type { CodedError } from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import { CR, isDigit, LF, METHOD_BYTE, SP, TARGET_BYTE } from './bytes.ts';
import { readContentLength } from './content-length.ts';
import { FieldLinesReader } from './field-lines-reader.ts';
import { defaultHeadLimits, type HeadLimits } from './head-limits.ts';
import { HeadTable } from './head-table.ts';
import { hostEnd } from './host.ts';
import { readPath } from './request-path.ts';

const START = 0;
const START_LINE_FEED = 1;
const METHOD = 2;
const TARGET = 3;
const VERSION = 4;
const LINE_END = 5;
const LINE_FEED = 6;
const FIELDS = 7;
const COMPLETE = 8;
const BROKEN = 9;

const SLASH = 0x2f;
const QUESTION = 0x3f;
const STAR = 0x2a;
const DOT = 0x2e;
const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const VERSION_NAME = Uint8Array.from('HTTP/', (char) => char.charCodeAt(0));
const MAX_EMPTY_LINES = 2;

/** Methods that are passed on. */
const methods: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'];
/** What a 405 for CONNECT and TRACE lists (RFC 9110 §15.5.6). */
export const allowedMethods: string = methods.join(', ');

/**
 * One request head at a time: `push` until `complete` or `violation`, read what it found, `reset`.
 * Whatever is given as a string is made when it is asked for.
 */
export class RequestHeadReader {
  /** Fields of the head, whole when `complete`. */
  readonly table: HeadTable;
  readonly #fields: FieldLinesReader;
  readonly #limits: HeadLimits;
  readonly #connects: boolean;
  #state: number;
  #violation: CodedError | undefined;
  #emptyLines: number;
  #seen: number;
  #versionAt: number;
  #major: number;
  #minor: number;
  #method: string;
  #targetStart: number;
  #targetEnd: number;
  #pathStart: number;
  #pathEnd: number;
  #path: string | undefined;
  #hostStart: number;
  #hostEnd: number;
  #host: number;
  #hosts: number;
  #contentLength: number;
  #contentLengths: number;
  #coding: number;
  #codings: number;
  #connection: boolean;
  #upgrade: boolean;
  #expect: boolean;

  /**
   * @param connects heads of CONNECT are read; else it is a method that is not allowed
   * @param table of the size that `limits` ask for, unless nothing is read into it
   */
  constructor(
    limits: HeadLimits = defaultHeadLimits,
    connects = false,
    table: HeadTable = new HeadTable(limits.maxHttpHeaderData, limits.maxHeaderFields),
  ) {
    this.table = table;
    this.#fields = new FieldLinesReader(this.table, limits.maxHeaderFields);
    this.#limits = limits;
    this.#connects = connects;
    this.#state = START;
    this.#violation = undefined;
    this.#emptyLines = 0;
    this.#seen = 0;
    this.#versionAt = 0;
    this.#major = 0;
    this.#minor = 0;
    this.#method = '';
    this.#targetStart = 0;
    this.#targetEnd = 0;
    this.#pathStart = 0;
    this.#pathEnd = 0;
    this.#path = undefined;
    this.#hostStart = 0;
    this.#hostEnd = 0;
    this.#host = -1;
    this.#hosts = 0;
    this.#contentLength = -1;
    this.#contentLengths = 0;
    this.#coding = -1;
    this.#codings = 0;
    this.#connection = false;
    this.#upgrade = false;
    this.#expect = false;
  }

  /** The head is whole and good; what follows in the stream is the body. */
  get complete(): boolean {
    return this.#state === COMPLETE;
  }

  /** Why the peer has to be refused; nothing more is read. */
  get violation(): CodedError | undefined {
    return this.#violation;
  }

  /** A byte of the head has been read: empty lines before it do not count. */
  get begun(): boolean {
    return this.#state > START_LINE_FEED;
  }

  /** One of GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH, where they are read CONNECT too; empty before the method was read. */
  get method(): string {
    return this.#method;
  }

  /** 0 or 1, of `HTTP/1.x`. */
  get minor(): number {
    return this.#minor;
  }

  /** The target as sent. */
  get target(): string {
    return this.table.text(this.#targetStart, this.#targetEnd);
  }

  /** Decoded and clean, see `readPath`; `*` for the server itself, `host:port` of CONNECT. */
  get path(): string {
    this.#path ??= this.table.text(this.#pathStart, this.#pathEnd);
    return this.#path;
  }

  /** What stands behind `?`, as sent. */
  get query(): string {
    return this.#pathEnd < this.#targetEnd
      ? this.table.text(this.#pathEnd + 1, this.#targetEnd)
      : '';
  }

  /** Host of the target, else of the Host field, in lower case and without port; empty when there is none. */
  get authority(): string {
    return this.table.text(this.#hostStart, this.#hostEnd).toLowerCase();
  }

  /** Whether the host is the same, byte by byte, as the one given. */
  authorityIs(host: string): boolean {
    return this.table.equals(this.#hostStart, this.#hostEnd, host);
  }

  /** Whether the body is chunked (RFC 9112 §7.1); its length is not known then. */
  get chunked(): boolean {
    return this.#codings > 0;
  }

  /** -1 when there is no Content-Length. */
  get contentLength(): number {
    return this.#contentLength;
  }

  /** Whether the connection may serve another request (RFC 9112 §9.3). */
  get keepAlive(): boolean {
    if (!this.#connection) return this.#minor === 1;
    if (this.table.lists('connection', 'close')) return false;
    return this.#minor === 1 || this.table.lists('connection', 'keep-alive');
  }

  /** Whether the peer would change the protocol (RFC 9110 §7.8); never in HTTP/1.0. */
  get upgrade(): boolean {
    return this.#upgrade && this.#minor === 1 && this.table.lists('connection', 'upgrade');
  }

  /** Whether there is an Expect field; it counts in HTTP/1.1 only (RFC 9110 §10.1.1). */
  get expects(): boolean {
    return this.#expect && this.#minor === 1;
  }

  /** Bytes of the table that are written so far. */
  get written(): number {
    return this.#state === FIELDS ? this.#fields.used : this.table.used;
  }

  /**
   * One with the same head in a table of exactly its size, into which nothing more can be read. Of a head that is not
   * complete another reader goes on with it, see {@link assume}.
   */
  copy(): RequestHeadReader {
    const table = this.table.copy(this.written);
    const copy = new RequestHeadReader(this.#limits, this.#connects, table);
    copy.#assumeState(this);
    return copy;
  }

  /** Goes on where `other` is, in the own table, which is of the size that its limits ask for. */
  assume(other: RequestHeadReader): void {
    this.table.assume(other.table, other.written);
    this.#assumeState(other);
  }

  #assumeState(other: RequestHeadReader): void {
    this.#fields.assume(other.#fields);
    this.#state = other.#state;
    this.#violation = other.#violation;
    this.#emptyLines = other.#emptyLines;
    this.#seen = other.#seen;
    this.#versionAt = other.#versionAt;
    this.#major = other.#major;
    this.#minor = other.#minor;
    this.#method = other.#method;
    this.#targetStart = other.#targetStart;
    this.#targetEnd = other.#targetEnd;
    this.#pathStart = other.#pathStart;
    this.#pathEnd = other.#pathEnd;
    this.#path = other.#path;
    this.#hostStart = other.#hostStart;
    this.#hostEnd = other.#hostEnd;
    this.#host = other.#host;
    this.#hosts = other.#hosts;
    this.#contentLength = other.#contentLength;
    this.#contentLengths = other.#contentLengths;
    this.#coding = other.#coding;
    this.#codings = other.#codings;
    this.#connection = other.#connection;
    this.#upgrade = other.#upgrade;
    this.#expect = other.#expect;
  }

  /** Ready for the next head. Everything read before is gone. */
  reset(): void {
    this.table.reset();
    this.#state = START;
    this.#violation = undefined;
    this.#emptyLines = 0;
    this.#seen = 0;
    this.#versionAt = 0;
    this.#method = '';
    this.#path = undefined;
    this.#host = -1;
    this.#hosts = 0;
    this.#contentLength = -1;
    this.#contentLengths = 0;
    this.#coding = -1;
    this.#codings = 0;
    this.#connection = false;
    this.#upgrade = false;
    this.#expect = false;
  }

  /**
   * Reads `bytes[from..to)`; returns where it stopped: at `to`, behind the head, or at the byte that is
   * wrong or one too many. Each byte is looked at once, however the stream is cut.
   */
  push(bytes: Uint8Array, from: number, to: number): number {
    if (this.#state < FIELDS) {
      const at = this.#readLine(bytes, from, to);
      return this.#state === FIELDS && at < to ? this.#readFields(bytes, at, to) : at;
    }
    return this.#state === FIELDS ? this.#readFields(bytes, from, to) : from;
  }

  #readFields(bytes: Uint8Array, from: number, to: number): number {
    const at = this.#fields.push(bytes, from, to);
    if (this.#fields.closed) this.#endFields();
    return at;
  }

  #endFields(): void {
    this.#state = COMPLETE;
    const error = this.#fields.violation ?? this.#judgeHead();
    if (error !== undefined) this.#refuse(error);
  }

  #readLine(bytes: Uint8Array, from: number, to: number): number {
    const out = this.table.bytes;
    let used = this.table.used;
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
    this.table.used = used;
    if (this.#state > START_LINE_FEED) this.#seen += at - begin;
    if (error !== undefined) this.#refuse(error);
    else if (this.#state === FIELDS)
      this.#fields.start(this.#limits.maxHttpHeaderData - this.#seen);
    return at;
  }

  /** Where the request line has to end at the latest, when it goes on at `begin`. */
  #lineBound(begin: number, to: number): number {
    const most = Math.min(this.#limits.maxRequestLine, this.#limits.maxHttpHeaderData);
    return Math.min(to, begin + most - this.#seen);
  }

  #endMethod(byte: number, used: number): CodedError | undefined {
    if (byte !== SP) return httpErrors.LWS_ERR_HTTP_METHOD;
    this.#targetStart = used;
    this.#state = TARGET;
    return undefined;
  }

  #endTarget(byte: number, used: number): CodedError | undefined {
    if (byte === CR || byte === LF) return httpErrors.LWS_ERR_HTTP_VERSION;
    if (byte !== SP || used === this.#targetStart) return httpErrors.LWS_ERR_HTTP_TARGET;
    this.#targetEnd = used;
    this.#state = VERSION;
    return undefined;
  }

  /** `HTTP/` digit `.` digit, in capitals (RFC 9112 §2.3). */
  #readVersion(byte: number): CodedError | undefined {
    const at = this.#versionAt++;
    if (at === 5) this.#major = byte - 0x30;
    if (at === 7) {
      this.#minor = byte - 0x30;
      this.#state = LINE_END;
    }
    const right = at < 5 ? byte === VERSION_NAME[at] : at === 6 ? byte === 0x2e : isDigit(byte);
    return right ? undefined : httpErrors.LWS_ERR_HTTP_VERSION;
  }

  /** RFC 9112 §2.3, RFC 9110 §9.1, RFC 9112 §3.2: version, then method, then the form of the target. */
  #judgeLine(): CodedError | undefined {
    this.#state = FIELDS;
    if (this.#major !== 1 || this.#minor > 1) return httpErrors.LWS_ERR_HTTP_VERSION_UNSUPPORTED;
    const error = this.#judgeMethod();
    if (error !== undefined) return error;
    const { bytes } = this.table;
    const first = bytes[this.#targetStart];
    this.#hostStart = 0;
    this.#hostEnd = 0;
    if (this.#method === 'CONNECT') return this.#judgeAuthority();
    if (first === SLASH) return this.#splitTarget(this.#targetStart);
    if (first !== STAR) return this.#judgeAbsolute();
    this.#pathStart = this.#targetStart;
    this.#pathEnd = this.#targetEnd;
    return this.#method === 'OPTIONS' && this.#targetEnd === this.#targetStart + 1
      ? undefined
      : httpErrors.LWS_ERR_HTTP_TARGET;
  }

  #judgeMethod(): CodedError | undefined {
    const { table } = this;
    for (const method of methods)
      if (table.equals(0, this.#targetStart, method)) {
        this.#method = method;
        return undefined;
      }
    const method = table.text(0, Math.min(this.#targetStart, 8));
    if (method === 'CONNECT' && this.#connects && this.#targetStart === method.length) {
      this.#method = method;
      return undefined;
    }
    if (method === 'CONNECT' || method === 'TRACE')
      return httpErrors.LWS_ERR_HTTP_METHOD_NOT_ALLOWED;
    // The first line of HTTP/2 without upgrade (RFC 9113 §3.4).
    if (method === 'PRI') return httpErrors.LWS_ERR_HTTP_METHOD;
    return httpErrors.LWS_ERR_HTTP_METHOD_UNKNOWN;
  }

  /** `host:port`, of CONNECT (RFC 9112 §3.2.3); the Host field has to be the same. */
  #judgeAuthority(): CodedError | undefined {
    const { bytes } = this.table;
    const end = this.#targetEnd;
    const host = hostEnd(bytes, this.#targetStart, end);
    if (host < 0 || end - host < 2) return httpErrors.LWS_ERR_HTTP_TARGET;
    this.#hostStart = this.#targetStart;
    this.#hostEnd = end;
    this.#pathStart = this.#targetStart;
    this.#pathEnd = end;
    return undefined;
  }

  /** `http://host/path`: the host counts and has to be that of the Host field (RFC 9112 §3.2.2). */
  #judgeAbsolute(): CodedError | undefined {
    const { table } = this;
    const { bytes } = table;
    const end = this.#targetEnd;
    const colon = bytes.indexOf(0x3a, this.#targetStart);
    const scheme = colon < 0 || colon > end ? end : colon;
    const known =
      table.equalsToken(this.#targetStart, scheme, 'http') ||
      table.equalsToken(this.#targetStart, scheme, 'https');
    if (!known || !table.equals(scheme, Math.min(scheme + 3, end), '://'))
      return httpErrors.LWS_ERR_HTTP_TARGET;
    let stop = scheme + 3;
    this.#hostStart = stop;
    while (stop < end && bytes[stop] !== SLASH && bytes[stop] !== QUESTION) stop++;
    this.#hostEnd = stop;
    return this.#splitTarget(stop);
  }

  /** Path and query of the target from `start` on; the path is cleaned at once, because it may be refused. */
  #splitTarget(start: number): CodedError | undefined {
    const { bytes } = this.table;
    const end = this.#targetEnd;
    let at = start;
    let doubtful = false;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte === QUESTION) break;
      if (byte === PERCENT || byte === BACKSLASH) doubtful = true;
      else if (byte === SLASH && (bytes[at + 1] === SLASH || bytes[at + 1] === DOT))
        doubtful = true;
    }
    this.#pathStart = start;
    this.#pathEnd = at;
    if (at === start) this.#path = '/';
    else if (doubtful) {
      const path = readPath(bytes, start, at);
      if (typeof path !== 'string') return path;
      this.#path = path;
    }
    return undefined;
  }

  /** RFC 9112 §3.2, §6.1, §6.3 and RFC 9110 §8.6: whom the request is for, and where it ends. */
  #judgeHead(): CodedError | undefined {
    this.#sortFields();
    if (this.#hosts > 1) return httpErrors.LWS_ERR_HTTP_HOST_DUPLICATE;
    if (this.#hosts === 0 && this.#minor === 1) return httpErrors.LWS_ERR_HTTP_HOST_MISSING;
    const error = this.#judgeHost();
    if (error !== undefined) return error;
    if (this.#codings > 0 && this.#contentLengths > 0)
      return httpErrors.LWS_ERR_HTTP_LENGTH_AND_CODING;
    if (this.#codings > 0) return this.#judgeCoding();
    if (this.#contentLengths > 1) return httpErrors.LWS_ERR_HTTP_CONTENT_LENGTH_DUPLICATE;
    if (this.#contentLengths === 1 && this.#contentLength < 0)
      return httpErrors.LWS_ERR_HTTP_CONTENT_LENGTH;
    return undefined;
  }

  /** One look at each name: which fields say something about framing, host and connection. */
  #sortFields(): void {
    const { table } = this;
    for (let field = 0; field < table.count; field++)
      switch (table.valueStart(field) - table.nameStart(field)) {
        case 4:
          if (!table.nameIs(field, 'host')) break;
          this.#hosts++;
          this.#host = field;
          break;
        case 6:
          if (table.nameIs(field, 'expect')) this.#expect = true;
          break;
        case 7:
          if (table.nameIs(field, 'upgrade')) this.#upgrade = true;
          break;
        case 10:
          if (table.nameIs(field, 'connection')) this.#connection = true;
          break;
        case 14:
          if (!table.nameIs(field, 'content-length')) break;
          this.#contentLengths++;
          this.#contentLength = readContentLength(
            table.bytes,
            table.valueStart(field),
            table.valueEnd(field),
          );
          if (table.isTabbed(field)) this.#contentLength = -1;
          break;
        case 17:
          if (!table.nameIs(field, 'transfer-encoding')) break;
          this.#codings++;
          this.#coding = field;
          break;
        default:
      }
  }

  #judgeHost(): CodedError | undefined {
    const { table } = this;
    if (this.#hosts === 0) {
      // HTTP/1.0 without Host: the target may still name one.
      if (this.#hostEnd === 0) return undefined;
      const end = hostEnd(table.bytes, this.#hostStart, this.#hostEnd);
      if (end < 0) return httpErrors.LWS_ERR_HTTP_HOST;
      this.#hostEnd = end;
      return undefined;
    }
    const start = table.valueStart(this.#host);
    const end = table.valueEnd(this.#host);
    const stop = hostEnd(table.bytes, start, end);
    if (stop < 0) return httpErrors.LWS_ERR_HTTP_HOST;
    if (this.#hostEnd > 0) {
      const named = table.text(this.#hostStart, this.#hostEnd).toLowerCase();
      if (table.text(start, end).toLowerCase() !== named)
        return httpErrors.LWS_ERR_HTTP_HOST_MISMATCH;
    }
    this.#hostStart = start;
    this.#hostEnd = stop;
    return undefined;
  }

  /** Only `chunked`, alone (RFC 9112 §6.1): 501 for one that could have been meant, 400 for what only hides one. */
  #judgeCoding(): CodedError | undefined {
    const { table } = this;
    if (this.#minor === 0 || this.#codings > 1) return httpErrors.LWS_ERR_HTTP_TRANSFER_ENCODING;
    const start = table.valueStart(this.#coding);
    const end = table.valueEnd(this.#coding);
    const tabbed = table.isTabbed(this.#coding);
    if (!tabbed && table.equalsToken(start, end, 'chunked')) return undefined;
    return !tabbed && table.isToken(start, end)
      ? httpErrors.LWS_ERR_HTTP_TRANSFER_CODING
      : httpErrors.LWS_ERR_HTTP_TRANSFER_ENCODING;
  }

  #refuse(error: CodedError): void {
    this.#state = BROKEN;
    this.#violation = error;
  }
}
