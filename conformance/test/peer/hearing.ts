/**
 * What a peer makes of the octets it hears: messages and control frames, each judged strictly by RFC 6455 §5.
 * Anything that may not be is said as `wrong`, after which nothing is read.
 */
import { frameHeader, type HeardHeader } from './heard-header.ts';

export interface Heard {
  readonly kind: 'text' | 'binary' | 'ping' | 'pong' | 'close' | 'wrong';
  readonly payload: Uint8Array;
  /** Of a message: its first frame had RSV1. */
  readonly compressed: boolean;
}

export interface HearingOptions {
  /** Frames have to be masked: we are the server. */
  readonly masked: boolean;
  /** RSV1 may begin a message. */
  readonly compression: boolean;
  take(heard: Heard): void;
}

export class Hearing {
  readonly #options: HearingOptions;
  /** What was not read yet, in pieces: joined only when enough of it is there. */
  #waiting: Uint8Array[] = [];
  #length = 0;
  #needed = 2;
  /** Of the message begun. */
  #opcode = 0;
  #compressed = false;
  #parts: Uint8Array[] = [];
  #over = false;

  constructor(options: HearingOptions) {
    this.#options = options;
  }

  push(octets: Uint8Array): void {
    if (octets.length === 0) return;
    if (this.#over) {
      this.#wrong('octets behind the end');
      return;
    }
    this.#waiting.push(octets);
    this.#length += octets.length;
    while (!this.#over && this.#length >= this.#needed) this.#readFrame();
    if (this.#over && this.#length > 0) this.#wrong('octets behind a close frame');
  }

  /** Nothing more comes: whether that was inside a frame. */
  get inFrame(): boolean {
    return this.#length > 0;
  }

  #readFrame(): void {
    const octets = this.#joined();
    const header = frameHeader(octets, this.#options.masked);
    if (typeof header === 'string') {
      this.#wrong(header);
      return;
    }
    this.#needed = header.size + header.length;
    if (octets.length < this.#needed) return;
    const payload = octets.slice(header.size, this.#needed);
    if (header.key !== undefined) unmask(payload, header.key);
    this.#waiting = octets.length > this.#needed ? [octets.subarray(this.#needed)] : [];
    this.#length -= this.#needed;
    this.#needed = 2;
    this.#frame(header, payload);
  }

  /** One line a rule: §5.2, §5.4, §5.5. */
  #frame({ opcode, fin, rsv }: HeardHeader, payload: Uint8Array): void {
    const begins = opcode === 1 || opcode === 2;
    if ((rsv & 3) !== 0 || (rsv === 4 && !(begins && this.#options.compression)))
      this.#wrong(`RSV ${rsv}`);
    else if (opcode >= 8) this.#control(opcode, fin, payload);
    else if (opcode > 2) this.#wrong(`opcode ${opcode}`);
    else if (begins && this.#opcode !== 0) this.#wrong('a message inside another');
    else if (opcode === 0 && this.#opcode === 0) this.#wrong('a continuation of nothing');
    else {
      if (begins) {
        this.#opcode = opcode;
        this.#compressed = rsv === 4;
      }
      this.#parts.push(payload);
      if (fin) this.#message();
    }
  }

  #message(): void {
    const payload =
      this.#parts.length === 1 ? (this.#parts[0] ?? none) : Buffer.concat(this.#parts);
    const kind = this.#opcode === 1 ? 'text' : 'binary';
    this.#parts = [];
    this.#opcode = 0;
    this.#options.take({ kind, payload, compressed: this.#compressed });
  }

  #control(opcode: number, fin: boolean, payload: Uint8Array): void {
    if (!fin || payload.length > 125) this.#wrong('a control frame that may not be');
    else if (opcode === 8) {
      this.#over = true;
      this.#options.take({ kind: 'close', payload, compressed: false });
    } else if (opcode > 10) this.#wrong(`opcode ${opcode}`);
    else this.#options.take({ kind: opcode === 9 ? 'ping' : 'pong', payload, compressed: false });
  }

  #wrong(what: string): void {
    this.#over = true;
    this.#waiting = [];
    this.#length = 0;
    const payload = new TextEncoder().encode(what);
    this.#options.take({ kind: 'wrong', payload, compressed: false });
  }

  #joined(): Uint8Array {
    if (this.#waiting.length > 1) this.#waiting = [Buffer.concat(this.#waiting)];
    return this.#waiting[0] ?? none;
  }
}

function unmask(payload: Uint8Array, key: Uint8Array): void {
  for (let at = 0; at < payload.length; at++)
    payload[at] = (payload[at] as number) ^ (key[at & 3] as number);
}

const none = new Uint8Array(0);
