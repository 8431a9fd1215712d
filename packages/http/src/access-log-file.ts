import { close, constants, open, openSync, write } from 'node:fs';
import { lwslErr } from '@lws-ts/core';
import { type Clock, LwsError } from '@lws-ts/interface';
import { httpErrors } from './errors.ts';

/** How long a line waits for others, in ms, unless so many bytes wait already. */
const BATCH_MS = 250;
const BATCH_BYTES = 65_536;
/** What may wait for the disk; lines beyond are dropped, counted and told. */
const MOST_BYTES = 1_048_576;
/** Nobody waits for the reader of a FIFO. */
const FLAGS =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);
/** For its owner alone: it says who asked for what. */
const MODE = 0o600;
const LINE_END = 0x0a;

/** A file that lines are added to, in batches, by one write at a time, behind the back of the loop. */
export class AccessLogFile {
  readonly #path: string;
  readonly #clock: Clock;
  #descriptor: number;
  #waiting: string;
  #dropped: number;
  #writing: boolean;
  #failing: boolean;
  /** A write ended within a line: the next one begins with a line end. */
  #torn: boolean;
  #closed: boolean;
  #cancel: (() => void) | undefined;
  /** The one that takes the place of `#descriptor` when no write is on its way. */
  #next: number | undefined;

  /** @throws `LWS_ERR_HTTP_ACCESS_LOG` */
  constructor(path: string, clock: Clock) {
    try {
      this.#descriptor = openSync(path, FLAGS, MODE);
    } catch (cause) {
      throw new LwsError(httpErrors.LWS_ERR_HTTP_ACCESS_LOG, path, { cause });
    }
    this.#path = path;
    this.#clock = clock;
    this.#waiting = '';
    this.#dropped = 0;
    this.#writing = false;
    this.#failing = false;
    this.#torn = false;
    this.#closed = false;
    this.#cancel = undefined;
    this.#next = undefined;
  }

  /** One character a byte. */
  add(line: string): void {
    if (this.#closed) return;
    if (this.#waiting.length + line.length > MOST_BYTES) {
      this.#dropped++;
      return;
    }
    this.#waiting += line;
    if (this.#writing) return;
    if (this.#waiting.length >= BATCH_BYTES) this.#flush();
    else this.#cancel ??= this.#clock.wakeAt(this.#clock.now() + BATCH_MS, () => this.#flush());
  }

  /** Opens the path anew, for log rotation; the old file takes what waits until then. When it fails the old one stays. */
  reopen(): void {
    if (this.#closed) return;
    open(this.#path, FLAGS, MODE, (error, descriptor) => {
      if (error !== null) lwslErr(`access log ${this.#path}: ${error.message}`);
      else if (this.#closed || this.#next !== undefined) close(descriptor);
      else {
        this.#next = descriptor;
        this.#flush();
      }
    });
  }

  /** Writes what waits, then closes. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#flush();
  }

  #flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#writing) return;
    const bytes = Buffer.from(this.#torn ? `\n${this.#waiting}` : this.#waiting, 'latin1');
    this.#waiting = '';
    this.#writing = true;
    this.#write(bytes, 0);
  }

  #write(bytes: Uint8Array, from: number): void {
    if (from === bytes.length) {
      this.#written();
      return;
    }
    write(this.#descriptor, bytes, from, bytes.length - from, null, (error, written) => {
      if (error === null) {
        this.#failing = false;
        this.#torn = false;
        this.#write(bytes, from + written);
        return;
      }
      // Told once, until it works again: a full disk is no reason to fill another.
      if (!this.#failing) lwslErr(`access log ${this.#path}: ${error.message}`);
      this.#failing = true;
      // the end of a torn line was counted with it
      this.#dropped += linesIn(bytes, from === 0 && this.#torn ? 1 : from);
      if (from > 0) this.#torn = bytes[from - 1] !== LINE_END;
      this.#written();
    });
  }

  #written(): void {
    this.#writing = false;
    if (this.#dropped > 0 && !this.#failing) {
      lwslErr(`access log ${this.#path}: ${this.#dropped} lines dropped`);
      this.#dropped = 0;
    }
    if (this.#next !== undefined) {
      close(this.#descriptor);
      this.#descriptor = this.#next;
      this.#next = undefined;
      this.#torn = false;
    }
    if (this.#waiting !== '') this.#flush();
    else if (this.#closed) close(this.#descriptor);
  }
}

/** Lines that end behind `from`. */
function linesIn(bytes: Uint8Array, from: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_END, from); at >= 0; at = bytes.indexOf(LINE_END, at + 1))
    lines++;
  return lines;
}
