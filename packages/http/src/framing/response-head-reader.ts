/**
 * Reads the head of an HTTP/1.1 response (RFC 9112 §4 to §6) from bytes in any pieces, as strictly as the
 * request side. It says how the body is framed; reading the body is the caller's, who knows the request.
 */
import type { CodedError } from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import { CR, isDigit, LF, SP, VALUE_BYTE } from './bytes.ts';
import { readContentLength } from './content-length.ts';
import { FieldLinesReader } from './field-lines-reader.ts';
import { defaultHeadLimits, type HeadLimits } from './head-limits.ts';
import { HeadTable } from './head-table.ts';

const PREFIX = 0;
const REASON = 1;
const LINE_FEED = 2;
const FIELDS = 3;
const COMPLETE = 4;
const BROKEN = 5;

/** `HTTP/1.x 200 ` where 0 stands for any digit. */
const SHAPE = Uint8Array.from('HTTP/0.0 000 ', (char) => char.charCodeAt(0));
const DIGIT = 0x30;

/** One response head at a time: `push` until `complete` or `violation`, read what it found, `reset`. */
export class ResponseHeadReader {
  /** Fields of the head, whole when `complete`. */
  readonly table: HeadTable;
  readonly #fields: FieldLinesReader;
  readonly #limits: HeadLimits;
  #state: number;
  #violation: CodedError | undefined;
  #left: number;
  #major: number;
  #minor: number;
  #status: number;
  #reasonEnd: number;
  #contentLength: number;
  #chunked: boolean;

  constructor(limits: HeadLimits = defaultHeadLimits) {
    this.table = new HeadTable(limits.maxHttpHeaderData, limits.maxHeaderFields);
    this.#fields = new FieldLinesReader(this.table, limits.maxHeaderFields);
    this.#limits = limits;
    this.#state = PREFIX;
    this.#violation = undefined;
    this.#left = this.#limits.maxHttpHeaderData;
    this.#major = 0;
    this.#minor = 0;
    this.#status = 0;
    this.#reasonEnd = 0;
    this.#contentLength = -1;
    this.#chunked = false;
  }

  /** The head is whole and good. */
  get complete(): boolean {
    return this.#state === COMPLETE;
  }

  /** Why the response cannot be used; nothing more is read. */
  get violation(): CodedError | undefined {
    return this.#violation;
  }

  /** 0 or 1, of `HTTP/1.x`. */
  get minor(): number {
    return this.#minor;
  }

  /** 100 to 599. */
  get status(): number {
    return this.#status;
  }

  /** The reason phrase, often empty. */
  get reason(): string {
    return this.table.text(0, this.#reasonEnd);
  }

  /** -1 when there is no Content-Length. */
  get contentLength(): number {
    return this.#contentLength;
  }

  /** The body comes in chunks. Otherwise by `contentLength`, or up to the end of the connection. */
  get chunked(): boolean {
    return this.#chunked;
  }

  /** Whether the peer would serve another request on the connection (RFC 9112 §9.3). */
  get keepAlive(): boolean {
    if (this.table.lists('connection', 'close')) return false;
    return this.#minor === 1 || this.table.lists('connection', 'keep-alive');
  }

  /** Ready for the next head, on the same connection or another. */
  reset(): void {
    this.table.reset();
    this.#state = PREFIX;
    this.#violation = undefined;
    this.#left = this.#limits.maxHttpHeaderData;
    this.#status = 0;
    this.#reasonEnd = 0;
    this.#contentLength = -1;
    this.#chunked = false;
  }

  /** As `push` of the request reader. */
  push(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (at < to && this.#state < FIELDS) {
      const error =
        this.#left === 0
          ? httpErrors.LWS_ERR_HTTP_HEAD_LIMIT
          : this.#readLineByte(bytes[at] as number);
      if (error !== undefined) {
        this.#refuse(error);
        return at;
      }
      this.#left--;
      at++;
    }
    if (this.#state !== FIELDS) return at;
    at = this.#fields.push(bytes, at, to);
    if (this.#fields.closed) this.#endFields();
    return at;
  }

  #endFields(): void {
    this.#state = COMPLETE;
    const error = this.#fields.violation ?? this.#judgeHead();
    if (error !== undefined) this.#refuse(error);
  }

  #readLineByte(byte: number): CodedError | undefined {
    const { table } = this;
    if (this.#state === REASON) {
      if (byte === CR) {
        this.#reasonEnd = table.used;
        this.#state = LINE_FEED;
      } else if (VALUE_BYTE[byte] === 0) return httpErrors.LWS_ERR_HTTP_STATUS_LINE;
      else table.bytes[table.used++] = byte;
      return undefined;
    }
    if (this.#state === LINE_FEED) {
      if (byte !== LF) return httpErrors.LWS_ERR_HTTP_LINE_END;
      this.#state = FIELDS;
      this.#fields.start(this.#left - 1);
      return this.#judgeLine();
    }
    // The table is not used before the reason: its `used` counts the bytes of the shape until then.
    const at = table.used++;
    const shape = SHAPE[at];
    if (shape === DIGIT ? !isDigit(byte) : byte !== shape)
      return httpErrors.LWS_ERR_HTTP_STATUS_LINE;
    if (at === 5) this.#major = byte - DIGIT;
    else if (at === 7) this.#minor = byte - DIGIT;
    else if (at > 8 && byte !== SP) this.#status = this.#status * 10 + byte - DIGIT;
    if (at === SHAPE.length - 1) {
      table.used = 0;
      this.#state = REASON;
    }
    return undefined;
  }

  #judgeLine(): CodedError | undefined {
    if (this.#major !== 1 || this.#minor > 1) return httpErrors.LWS_ERR_HTTP_VERSION_UNSUPPORTED;
    if (this.#status < 100 || this.#status > 599) return httpErrors.LWS_ERR_HTTP_STATUS_LINE;
    return undefined;
  }

  /** RFC 9112 §6.1, §6.3: one way to know where the body ends, or none. */
  #judgeHead(): CodedError | undefined {
    const { table } = this;
    const length = table.find('content-length');
    const coding = table.find('transfer-encoding');
    if (length >= 0 && coding >= 0) return httpErrors.LWS_ERR_HTTP_LENGTH_AND_CODING;
    if (length >= 0) {
      if (table.find('content-length', length + 1) >= 0)
        return httpErrors.LWS_ERR_HTTP_CONTENT_LENGTH_DUPLICATE;
      this.#contentLength = readContentLength(
        table.bytes,
        table.valueStart(length),
        table.valueEnd(length),
      );
      if (this.#contentLength < 0) return httpErrors.LWS_ERR_HTTP_CONTENT_LENGTH;
    }
    if (coding < 0) return undefined;
    if (this.#minor === 0 || table.find('transfer-encoding', coding + 1) >= 0)
      return httpErrors.LWS_ERR_HTTP_TRANSFER_ENCODING;
    this.#chunked = table.equalsToken(table.valueStart(coding), table.valueEnd(coding), 'chunked');
    return this.#chunked ? undefined : httpErrors.LWS_ERR_HTTP_TRANSFER_CODING;
  }

  #refuse(error: CodedError): void {
    this.#state = BROKEN;
    this.#violation = error;
  }
}
