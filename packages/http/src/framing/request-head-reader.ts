/**
 * Reads the head of an HTTP/1.1 request (RFC 9112 §2 to §6) from bytes in any pieces, by offsets into a
 * {@link HeadTable}. It judges everything that decides where the message ends and whom it is for, and is
 * stricter than the RFC where leniency is how requests get smuggled. It reads no body and answers nothing.
 */
import type { CodedError } from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import { readContentLength } from './content-length.ts';
import { FieldLinesReader } from './field-lines-reader.ts';
import { defaultHeadLimits, type HeadLimits } from './head-limits.ts';
import { HeadTable, lengthBit } from './head-table.ts';
import { hostEnd } from './host.ts';
import { RecentTexts } from './recent-texts.ts';
import { RepeatedHead } from './repeated-head.ts';
import { RequestLineReader } from './request-line-reader.ts';
import { RequestTarget } from './request-target.ts';

const LINE = 0;
const FIELDS = 1;
const COMPLETE = 2;
const BROKEN = 3;

/** Fields that many requests have alike, and that are nobody's secret: their values may be kept for the next. */
const sharedFields: ReadonlySet<string> = new Set(['accept', 'accept-encoding', 'accept-language']);

/**
 * One request head at a time: `push` until `complete` or `violation`, read what it found, `reset`.
 * Whatever is given as a string is made when it is asked for.
 */
export class RequestHeadReader {
  /** Fields of the head, whole when `complete`. */
  readonly table: HeadTable;
  readonly #line: RequestLineReader;
  readonly #target: RequestTarget;
  readonly #fields: FieldLinesReader;
  readonly #limits: HeadLimits;
  readonly #connects: boolean;
  readonly #recent: RecentTexts;
  readonly #repeated: RepeatedHead;
  // of one head, from here on: what #begin sets and #assumeState takes over
  #state!: number;
  #violation: CodedError | undefined;
  #hostStart!: number;
  #hostEnd!: number;
  #host!: number;
  #hosts!: number;
  #contentLength!: number;
  #contentLengths!: number;
  #coding!: number;
  #codings!: number;
  #connection!: boolean;
  #upgrade!: boolean;
  #expect!: boolean;

  /**
   * @param connects heads of CONNECT are read; else it is a method that is not allowed
   * @param table of the size that `limits` ask for, unless nothing is read into it
   * @param recent shared by readers of the same kind of requests
   */
  constructor(
    limits: HeadLimits = defaultHeadLimits,
    connects = false,
    table: HeadTable = new HeadTable(limits.maxHttpHeaderData, limits.maxHeaderFields),
    recent: RecentTexts = new RecentTexts(),
  ) {
    this.table = table;
    this.#line = new RequestLineReader(table, limits, connects);
    this.#target = new RequestTarget(table, recent);
    this.#fields = new FieldLinesReader(table, limits.maxHeaderFields);
    this.#limits = limits;
    this.#connects = connects;
    this.#recent = recent;
    this.#repeated = new RepeatedHead();
    this.#begin();
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
    return this.#line.begun;
  }

  /** One of GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH, where they are read CONNECT too; empty before the method was read. */
  get method(): string {
    return this.#line.method;
  }

  /** 0 or 1, of `HTTP/1.x`. */
  get minor(): number {
    return this.#line.minor;
  }

  /** The target as sent. */
  get target(): string {
    return this.table.text(this.#line.targetStart, this.#line.targetEnd);
  }

  /** Decoded and clean, see `readPath`; `*` for the server itself, `host:port` of CONNECT. */
  get path(): string {
    return this.#target.path;
  }

  /** What stands behind `?`, as sent. */
  get query(): string {
    return this.#target.query;
  }

  /** Host of the target, else of the Host field, in lower case and without port; empty when there is none. */
  get authority(): string {
    return this.table.text(this.#hostStart, this.#hostEnd).toLowerCase();
  }

  /** Whether the host is the same, byte by byte, as the one given. */
  authorityIs(host: string): boolean {
    return this.table.equals(this.#hostStart, this.#hostEnd, host);
  }

  /** The value of the first field of that lower-case name; undefined when there is none. */
  value(name: string): string | undefined {
    const field = this.table.find(name);
    return field < 0 ? undefined : this.#textOf(field, name);
  }

  /** The values of all fields of that lower-case name, with commas between (RFC 9110 §5.2); undefined when there is none. */
  list(name: string): string | undefined {
    const { table } = this;
    const first = table.find(name);
    if (first < 0) return undefined;
    let values = this.#textOf(first, name);
    for (let next = table.find(name, first + 1); next >= 0; next = table.find(name, next + 1))
      values += `, ${table.value(next)}`;
    return values;
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
    const { minor } = this.#line;
    if (!this.#connection) return minor === 1;
    if (this.table.lists('connection', 'close')) return false;
    return minor === 1 || this.table.lists('connection', 'keep-alive');
  }

  /** Whether the peer would change the protocol (RFC 9110 §7.8); never in HTTP/1.0. */
  get upgrade(): boolean {
    return this.#upgrade && this.#line.minor === 1 && this.table.lists('connection', 'upgrade');
  }

  /** Whether there is an Expect field; it counts in HTTP/1.1 only (RFC 9110 §10.1.1). */
  get expects(): boolean {
    return this.#expect && this.#line.minor === 1;
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
    const copy = new RequestHeadReader(this.#limits, this.#connects, table, this.#recent);
    copy.#assumeState(this);
    return copy;
  }

  /** Goes on where `other` is, in the own table, which is of the size that its limits ask for. */
  assume(other: RequestHeadReader): void {
    this.#repeated.length = 0;
    this.table.assume(other.table, other.written);
    this.#assumeState(other);
  }

  #assumeState(other: RequestHeadReader): void {
    this.#line.assume(other.#line);
    this.#target.assume(other.#target);
    this.#fields.assume(other.#fields);
    this.#state = other.#state;
    this.#violation = other.#violation;
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
    this.#line.reset();
    this.#begin();
  }

  /** The only place that says what is known of a head of which nothing was read. */
  #begin(): void {
    this.#state = LINE;
    this.#violation = undefined;
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

  /**
   * Reads `bytes[from..to)`; returns where it stopped: at `to`, behind the head, or at the byte that is
   * wrong or one too many. A line that comes in pieces is looked at twice at most, however the stream is cut.
   */
  push(bytes: Uint8Array, from: number, to: number): number {
    if (this.#state === LINE) return this.#readHead(bytes, from, to);
    return this.#state === FIELDS ? this.#readFields(bytes, from, to) : from;
  }

  #textOf(field: number, name: string): string {
    const { table } = this;
    if (!sharedFields.has(name)) return table.value(field);
    return this.#recent.text(table, table.valueStart(field), table.valueEnd(field));
  }

  #readHead(bytes: Uint8Array, from: number, to: number): number {
    const repeated = this.#repeated;
    const fresh = this.#line.fresh;
    if (fresh && repeated.begins(bytes, from, to)) {
      this.#repeat(repeated);
      return from + repeated.length;
    }
    repeated.length = 0;
    const at = this.#line.push(bytes, from, to);
    if (!this.#line.closed || !this.#endLine()) return at;
    const end = at < to ? this.#readFields(bytes, at, to) : at;
    if (fresh && this.#mayRepeat() && repeated.keep(bytes, from, end)) this.#remember(repeated);
    return end;
  }

  /** The head is complete, nothing follows it, and all there is to it is in {@link RepeatedHead}. */
  #mayRepeat(): boolean {
    const lone = this.#contentLengths === 0 && this.#codings === 0 && !this.#expect;
    return this.#state === COMPLETE && lone && !this.table.tabbed;
  }

  #remember(head: RepeatedHead): void {
    head.used = this.table.used;
    head.count = this.table.count;
    head.lengths = this.table.lengths;
    head.method = this.#line.method;
    head.hostStart = this.#hostStart;
    head.hostEnd = this.#hostEnd;
    head.connection = this.#connection;
    head.upgrade = this.#upgrade;
  }

  /** The head that the table had before the last `reset` is there again. */
  #repeat(head: RepeatedHead): void {
    this.table.used = head.used;
    this.table.count = head.count;
    this.table.lengths = head.lengths;
    this.#line.repeat(head.method);
    this.#hostStart = head.hostStart;
    this.#hostEnd = head.hostEnd;
    this.#connection = head.connection;
    this.#upgrade = head.upgrade;
    this.#state = COMPLETE;
  }

  /** The line is complete, or broken: whether fields follow. */
  #endLine(): boolean {
    const line = this.#line;
    const error =
      line.violation ?? this.#target.judge(line.method, line.targetStart, line.targetEnd);
    if (error !== undefined) {
      this.#refuse(error);
      return false;
    }
    this.#state = FIELDS;
    this.#fields.start(this.#limits.maxHttpHeaderData - line.seen);
    return true;
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

  /** RFC 9112 §3.2, §6.1, §6.3 and RFC 9110 §8.6: whom the request is for, and where it ends. */
  #judgeHead(): CodedError | undefined {
    this.#sortFields();
    if (this.#hosts > 1) return httpErrors.LWS_ERR_HTTP_HOST_DUPLICATE;
    if (this.#hosts === 0 && this.#line.minor === 1) return httpErrors.LWS_ERR_HTTP_HOST_MISSING;
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

  /** One look at each name: which fields say something about framing, host and connection, and how long names are. */
  #sortFields(): void {
    const { table } = this;
    let lengths = 0;
    for (let field = 0; field < table.count; field++) {
      const length = table.valueStart(field) - table.nameStart(field);
      lengths |= lengthBit(length);
      switch (length) {
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
    table.lengths = lengths;
  }

  #judgeHost(): CodedError | undefined {
    const { table } = this;
    const target = this.#target;
    if (this.#hosts === 0) {
      // HTTP/1.0 without Host: the target may still name one.
      if (target.hostEnd === 0) return undefined;
      const end = hostEnd(table.bytes, target.hostStart, target.hostEnd);
      if (end < 0) return httpErrors.LWS_ERR_HTTP_HOST;
      this.#hostStart = target.hostStart;
      this.#hostEnd = end;
      return undefined;
    }
    const start = table.valueStart(this.#host);
    const end = table.valueEnd(this.#host);
    const stop = hostEnd(table.bytes, start, end);
    if (stop < 0) return httpErrors.LWS_ERR_HTTP_HOST;
    if (target.hostEnd > 0) {
      const named = table.text(target.hostStart, target.hostEnd).toLowerCase();
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
    if (this.#line.minor === 0 || this.#codings > 1)
      return httpErrors.LWS_ERR_HTTP_TRANSFER_ENCODING;
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
