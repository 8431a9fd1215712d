/** The access log of a vhost: one line a request in Apache's combined format, with nothing in it that could pass for another. */
import { lwslErr } from '@lws-ts/core';
import type { Clock, HttpRequest } from '@lws-ts/interface';
import { isThenable } from '@lws-ts/interface';
import { AccessLogFile } from './access-log-file.ts';

/**
 * Takes one line, without its line end. It is called while the connection is served: it may not block, and what it throws
 * counts as a handler's. A promise that it gives is not waited for; of those that are rejected one a second is logged.
 */
export type AccessLogSink = (line: string) => void;

/** What a line says beside the request. */
export interface AccessRecord {
  readonly address: string;
  /** Who logged in, one character a byte. */
  readonly user: string | undefined;
  readonly status: number;
  /** Of the body, without framing. */
  readonly bytes: number;
  /** Undefined when the head could not be read. */
  readonly request: HttpRequest | undefined;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** The most that is kept of a target, of the two other fields, and of a user, in characters. */
const TARGET_CHARS = 2048;
const FIELD_CHARS = 768;
const USER_CHARS = 192;

export class AccessLog {
  readonly #clock: Clock;
  readonly #file: AccessLogFile | undefined;
  readonly #sink: AccessLogSink;
  #second: number;
  #time: string;
  /** No failure is logged before. */
  #quietUntil: number;

  /** @param to a path, which is opened at once, or what takes the lines @throws `LWS_ERR_HTTP_ACCESS_LOG` */
  constructor(to: string | AccessLogSink, clock: Clock) {
    const file = typeof to === 'string' ? new AccessLogFile(to, clock) : undefined;
    this.#clock = clock;
    this.#file = file;
    this.#sink = typeof to === 'string' ? (line) => file?.add(`${line}\n`) : to;
    this.#second = Number.NaN;
    this.#time = '';
    this.#quietUntil = Number.NEGATIVE_INFINITY;
  }

  record({ address, user, status, bytes, request }: AccessRecord): void {
    const line =
      request === undefined
        ? '-'
        : `${request.method} ${escaped(request.target, TARGET_CHARS)} HTTP/${request.version}`;
    const referer = escaped(request?.field('referer') ?? '-', FIELD_CHARS);
    const agent = escaped(request?.field('user-agent') ?? '-', FIELD_CHARS);
    const size = bytes === 0 ? '-' : String(bytes);
    const taken: unknown = this.#sink(
      `${address === '' ? '-' : address} - ${userField(user)} [${this.#now()}] "${line}" ${status} ${size} "${referer}" "${agent}"`,
    );
    if (isThenable(taken)) taken.then(undefined, (error: unknown) => this.#failed(error));
  }

  /** Goes on in a new file of the same path, where there is one. */
  reopen(): void {
    this.#file?.reopen();
  }

  close(): void {
    this.#file?.close();
  }

  /** Once a second: a disk that is full would make as many lines as there are requests. */
  #failed(error: unknown): void {
    const now = this.#clock.now();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + 1000;
    lwslErr(`access log: a line was not taken: ${String(error)}`);
  }

  #now(): string {
    const second = Math.floor(this.#clock.wallNow() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      const [date = '', time = ''] = new Date(second * 1000).toISOString().split('T');
      const [year = '', month = '', day = ''] = date.split('-');
      this.#time = `${day}/${MONTHS[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
    }
    return this.#time;
  }
}

/** No quotes stand around it: a space would end it. */
function userField(user: string | undefined): string {
  if (user === undefined) return '-';
  return user === '' ? '""' : escaped(user, USER_CHARS).replaceAll(' ', '\\x20');
}

/** Visible ASCII and spaces as they are, all else as `\xHH`; never longer than `most` and a mark that it was cut. */
function escaped(text: string, most: number): string {
  let out = '';
  for (let at = 0; at < text.length; at++) {
    if (out.length >= most) return `${out}...`;
    const code = text.charCodeAt(at);
    if (code === 0x22 || code === 0x5c) out += `\\${text[at]}`;
    else if (code >= 0x20 && code < 0x7f) out += text[at];
    else out += `\\x${code.toString(16).padStart(2, '0')}`;
  }
  return out;
}
