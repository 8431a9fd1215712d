/** Server-sent events, as the HTML standard frames them, with a bound on what a slow peer is owed. */
import {
  type HttpFields,
  type HttpTx,
  type HttpWsi,
  interfaceErrors,
  LwsError,
  type OptionRules,
  resolveOptions,
} from '@lws-ts/interface';
import { decodeUtf8 } from './form/decode-utf8.ts';

/** One event. */
export interface ServerEvent {
  /** Lines of any kind of end; each becomes a line of its own. */
  readonly data: string;
  /** Its type; without it, `message`. One line. */
  readonly event?: string;
  /** What the peer names in Last-Event-ID when it comes again. One line. */
  readonly id?: string;
  /** When the peer comes again, in ms, 0 to 2^31 - 1. */
  readonly retry?: number;
}

/** What becomes of a peer that takes events more slowly than they come. */
export interface EventStreamOptions {
  /** The most that waits for `writeable`, in bytes, 1 KiB to 16 MiB. @defaultValue 65536 */
  readonly maxQueuedBytes?: number;
  /** Over it: the connection is closed, and the peer comes again, or the oldest events are dropped. @defaultValue 'close' */
  readonly overflow?: 'close' | 'drop-oldest';
}

const eventStreamRules: OptionRules<EventStreamOptions> = {
  maxQueuedBytes: { kind: 'integer', fallback: 65_536, min: 1024, max: 16_777_216 },
  overflow: { kind: 'choice', fallback: 'close', choices: ['close', 'drop-oldest'] },
};

const FIELDS: HttpFields = Object.freeze([
  ['content-type', 'text/event-stream'],
  ['cache-control', 'no-store'],
  ['x-content-type-options', 'nosniff'],
] as const);
const LINE_END = /\r\n|\r|\n/;
const encoder = new TextEncoder();

/** The answer to one request: `open` in `request`, `send` from anywhere, `writeable` in `writeable`. */
export class EventStream {
  readonly #limit: number;
  readonly #drops: boolean;
  #wsi: HttpWsi<unknown, unknown> | undefined = undefined;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #dropped = 0;
  #begun = false;
  #ending = false;

  /** @throws `LWS_ERR_OPTION`, `LWS_ERR_OPTION_UNKNOWN` */
  constructor(options: EventStreamOptions = {}) {
    const given = options as Readonly<Record<string, unknown>>;
    const read = resolveOptions(eventStreamRules, given, 'an event stream');
    this.#limit = read['maxQueuedBytes'] as number;
    this.#drops = read['overflow'] === 'drop-oldest';
  }

  /** Bytes that wait for `writeable`. */
  get queuedBytes(): number {
    return this.#queued;
  }

  /** Events that were dropped since `open`. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Begins to answer. @returns what the peer had last, when it was here before */
  open(wsi: HttpWsi<unknown, unknown>): string | undefined {
    this.#wsi = wsi;
    this.#forget();
    this.#dropped = 0;
    this.#begun = false;
    // nothing but a head is wanted
    this.#ending = wsi.method === 'HEAD';
    wsi.requestWriteable();
    const last = wsi.header('last-event-id');
    // fields are one character a byte, and ids are sent in UTF-8
    return last === undefined ? undefined : decodeUtf8(Buffer.from(last, 'latin1'));
  }

  /** False: the event was not kept, since nobody is there or waits for it too long. @throws `LWS_ERR_OPTION` */
  send(event: ServerEvent): boolean {
    return this.#push(encodeEvent(event));
  }

  /** A line that peers pass over: it keeps proxies from taking the connection for idle. */
  comment(text = ''): boolean {
    return this.#push(encoder.encode(`${lines(': ', text)}\n`));
  }

  /** The stream is complete when what waits was sent; peers come again unless they are answered 204. */
  end(): void {
    this.#ending = true;
    this.#wsi?.requestWriteable();
  }

  /** Sends what the peer takes; ends the answer when the connection is told to end. */
  writeable(wsi: HttpWsi<unknown, unknown>, tx: HttpTx): void {
    if (wsi !== this.#wsi) return;
    if (!this.#begun) tx.head(200, FIELDS);
    this.#begun = true;
    let sent = 0;
    let room = !tx.choked;
    while (room && sent < this.#queue.length) {
      const next = this.#queue[sent++] as Uint8Array;
      this.#queued -= next.length;
      room = tx.body(next);
    }
    this.#queue.splice(0, sent);
    if (this.#queue.length === 0 && (this.#ending || !wsi.open)) {
      this.#wsi = undefined;
      tx.end();
    } else if (this.#queue.length > 0) wsi.requestWriteable();
  }

  #push(bytes: Uint8Array): boolean {
    const wsi = this.#wsi;
    if (wsi === undefined || this.#ending || !wsi.open) return false;
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    if (this.#queued > this.#limit && !this.#drops) {
      this.#wsi = undefined;
      this.#forget();
      wsi.close();
      return false;
    }
    while (this.#queued > this.#limit) {
      this.#queued -= this.#queue.shift()?.length ?? 0;
      this.#dropped++;
    }
    wsi.requestWriteable();
    return this.#queue.at(-1) === bytes;
  }

  #forget(): void {
    this.#queue = [];
    this.#queued = 0;
  }
}

function encodeEvent({ data, event, id, retry }: ServerEvent): Uint8Array {
  if (typeof data !== 'string') throw wrong(`data: ${typeof data}`);
  let text = '';
  if (event !== undefined) text += `event: ${oneLine('event', event)}\n`;
  if (id !== undefined) text += `id: ${oneLine('id', id)}\n`;
  if (retry !== undefined) {
    if (!Number.isInteger(retry) || retry < 0 || retry > 0x7fff_ffff)
      throw wrong(`retry: ${retry}`);
    text += `retry: ${retry}\n`;
  }
  return encoder.encode(`${text}${lines('data: ', data)}\n`);
}

/** A line break in `text` would begin a field of its own. */
function lines(prefix: string, text: string): string {
  let all = '';
  for (const line of text.split(LINE_END)) all += `${prefix}${line}\n`;
  return all;
}

function oneLine(name: string, text: string): string {
  if (typeof text !== 'string' || /[\r\n\0]/.test(text)) throw wrong(`${name} is not one line`);
  return text;
}

function wrong(detail: string): LwsError {
  return new LwsError(interfaceErrors.LWS_ERR_OPTION, `${detail} of an event stream`);
}
