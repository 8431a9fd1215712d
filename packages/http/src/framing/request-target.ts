/** What the target of a request means (RFC 9112 §3.2): its form, its path and query, and the host that it names itself. */
import type { CodedError } from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import type { HeadTable } from './head-table.ts';
import { hostEnd } from './host.ts';
import type { RecentTexts } from './recent-texts.ts';
import { readPath } from './request-path.ts';

const SLASH = 0x2f;
const QUESTION = 0x3f;
const STAR = 0x2a;
const DOT = 0x2e;
const PERCENT = 0x25;
const BACKSLASH = 0x5c;

/** One target at a time, by offsets into the table that it stands in. */
export class RequestTarget {
  /** Where the host is that the target names; both 0 while it names none. */
  hostStart: number;
  hostEnd: number;
  readonly #table: HeadTable;
  readonly #recent: RecentTexts;
  #end: number;
  #pathStart: number;
  #pathEnd: number;
  #path: string | undefined;

  constructor(table: HeadTable, recent: RecentTexts) {
    this.hostStart = 0;
    this.hostEnd = 0;
    this.#table = table;
    this.#recent = recent;
    this.#end = 0;
    this.#pathStart = 0;
    this.#pathEnd = 0;
    this.#path = undefined;
  }

  /** Decoded and clean, see `readPath`; `*` for the server itself, `host:port` of CONNECT. */
  get path(): string {
    this.#path ??= this.#recent.text(this.#table, this.#pathStart, this.#pathEnd);
    return this.#path;
  }

  /** What stands behind `?`, as sent. */
  get query(): string {
    return this.#pathEnd < this.#end ? this.#table.text(this.#pathEnd + 1, this.#end) : '';
  }

  /** What `other` has found, whose table the own one is a copy of. */
  assume(other: RequestTarget): void {
    this.hostStart = other.hostStart;
    this.hostEnd = other.hostEnd;
    this.#end = other.#end;
    this.#pathStart = other.#pathStart;
    this.#pathEnd = other.#pathEnd;
    this.#path = other.#path;
  }

  /** The target of a request of that method, at its place in the table. */
  judge(method: string, start: number, end: number): CodedError | undefined {
    const first = this.#table.bytes[start];
    this.hostStart = 0;
    this.hostEnd = 0;
    this.#end = end;
    this.#path = undefined;
    if (method === 'CONNECT') return this.#judgeAuthority(start);
    if (first === SLASH) return this.#split(start);
    if (first !== STAR) return this.#judgeAbsolute(start);
    this.#pathStart = start;
    this.#pathEnd = end;
    return method === 'OPTIONS' && end === start + 1 ? undefined : httpErrors.LWS_ERR_HTTP_TARGET;
  }

  /** `host:port`, of CONNECT (RFC 9112 §3.2.3); the Host field has to be the same. */
  #judgeAuthority(start: number): CodedError | undefined {
    const end = this.#end;
    const host = hostEnd(this.#table.bytes, start, end);
    if (host < 0 || end - host < 2) return httpErrors.LWS_ERR_HTTP_TARGET;
    this.hostStart = start;
    this.hostEnd = end;
    this.#pathStart = start;
    this.#pathEnd = end;
    return undefined;
  }

  /** `http://host/path`: the host counts and has to be that of the Host field (RFC 9112 §3.2.2). */
  #judgeAbsolute(start: number): CodedError | undefined {
    const table = this.#table;
    const { bytes } = table;
    const end = this.#end;
    const colon = bytes.indexOf(0x3a, start);
    const scheme = colon < 0 || colon > end ? end : colon;
    const known =
      table.equalsToken(start, scheme, 'http') || table.equalsToken(start, scheme, 'https');
    if (!known || !table.equals(scheme, Math.min(scheme + 3, end), '://'))
      return httpErrors.LWS_ERR_HTTP_TARGET;
    let stop = scheme + 3;
    this.hostStart = stop;
    while (stop < end && bytes[stop] !== SLASH && bytes[stop] !== QUESTION) stop++;
    this.hostEnd = stop;
    return this.#split(stop);
  }

  /** Path and query of the target from `start` on; the path is cleaned at once, because it may be refused. */
  #split(start: number): CodedError | undefined {
    const { bytes } = this.#table;
    const end = this.#end;
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
}
