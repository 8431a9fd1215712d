/**
 * The shape of a `WebSocket` of `ws` over a wsi: what libraries use of it, with its names and its events.
 * What is given to `send` waits until the peer can take it, up to a bound.
 */
import { EventEmitter } from 'node:events';
import { types } from 'node:util';
import {
  LwsError,
  type OptionRules,
  resolveOptions,
  type WsTx,
  type WsWsi,
} from '@lws-ts/interface';
import { adapterErrors } from './errors.ts';

/** How a view is. */
export interface WsLikeOptions {
  /**
   * Bytes given to `send` that may wait for a slow peer; more closes with 1013.
   *
   * @defaultValue 1048576
   * @throws `LWS_ERR_OPTION` unless an integer from 1 to 1 GiB
   */
  readonly maxBufferedBytes?: number;
}

/** How each of {@link WsLikeOptions} is read. */
export const wsLikeRules: OptionRules<WsLikeOptions> = {
  maxBufferedBytes: { kind: 'integer', fallback: 1048576, min: 1, max: 2 ** 30 },
};

type Data =
  | string
  | number
  | ArrayBufferLike
  | ArrayBufferView
  | Blob
  | readonly Uint8Array[]
  | readonly number[];
type Sent = (error?: Error) => void;
type SendOptions = {
  readonly binary?: boolean | undefined;
  readonly fin?: boolean | undefined;
  readonly compress?: boolean | undefined;
  readonly mask?: boolean | undefined;
};
type ListenerFunction = (event: object) => void;
type Listener = ListenerFunction | { handleEvent(event: object): void };
/** Of a control frame. RFC 6455 §5.5 */
const maxPing = 125;

interface Waiting {
  readonly kind: 'message' | 'ping';
  /** Undefined while it is still being read. */
  data: string | Uint8Array | undefined;
  readonly binary: boolean;
  readonly fin: boolean;
  readonly bytes: number;
  readonly sent: Sent | undefined;
}

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

export class WsLike extends EventEmitter {
  static readonly CONNECTING = CONNECTING;
  static readonly OPEN = OPEN;
  static readonly CLOSING = CLOSING;
  static readonly CLOSED = CLOSED;
  readonly CONNECTING = CONNECTING;
  readonly OPEN = OPEN;
  readonly CLOSING = CLOSING;
  readonly CLOSED = CLOSED;
  /** How binary messages are given: as a Buffer, an ArrayBuffer, or a list of one Buffer. */
  binaryType: 'nodebuffer' | 'arraybuffer' | 'fragments' = 'nodebuffer';
  onopen: ListenerFunction | null = null;
  onmessage: ListenerFunction | null = null;
  onerror: ListenerFunction | null = null;
  onclose: ListenerFunction | null = null;

  readonly #wsi: WsWsi<unknown, unknown>;
  readonly #maxBufferedBytes: number;
  readonly #listeners = new Map<string, Map<Listener, (...args: never[]) => void>>();
  #waiting: Waiting[] = [];
  #bytes = 0;
  /** A message was begun with `fin: false`. */
  #unfinished = false;
  #readyState = OPEN;
  #paused = false;
  #closeLater: (() => void) | undefined = undefined;

  constructor(wsi: WsWsi<unknown, unknown>, options: WsLikeOptions = {}) {
    super();
    const read = resolveOptions(wsLikeRules, options as Record<string, unknown>, 'toWs()');
    this.#wsi = wsi;
    this.#maxBufferedBytes = read['maxBufferedBytes'] as number;
  }

  get readyState(): number {
    return this.#readyState;
  }

  /** The subprotocol. */
  get protocol(): string {
    return this.#wsi.protocol;
  }

  readonly extensions: string = '';
  readonly url: string = '';

  /** Bytes given to `send` that wait, and those written that have not left the process. */
  get bufferedAmount(): number {
    return this.#bytes + (this.#readyState === CLOSED ? 0 : this.#wsi.bufferedAmount);
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  pause(): void {
    if (this.#readyState === CLOSED) return;
    this.#paused = true;
    this.#wsi.rxFlowControl(false);
  }

  resume(): void {
    if (this.#readyState === CLOSED) return;
    this.#paused = false;
    this.#wsi.rxFlowControl(true);
  }

  /** @throws `TypeError` for what is no data of a message */
  send(data: Data, options?: SendOptions | Sent, sent?: Sent): void {
    const given = typeof options === 'object' ? options : {};
    const done = typeof options === 'function' ? options : sent;
    const { binary = typeof data !== 'string' && typeof data !== 'number', fin = true } = given;
    if (data instanceof Blob) this.#sendBlob(data, binary, fin, done);
    else this.#add('message', copyOf(data), binary, fin, done);
  }

  ping(data?: Data | Sent, _mask?: boolean | Sent, sent?: Sent): void {
    const done = [data, _mask, sent].find((one) => typeof one === 'function') as Sent | undefined;
    const payload = typeof data === 'function' ? '' : copyOf(data);
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    if (bytes.length > maxPing) throw new RangeError(`a ping of ${bytes.length} bytes`);
    this.#add('ping', new Uint8Array(bytes), true, true, done);
  }

  /** Does nothing but tell `sent`: each ping of the peer is answered already. */
  pong(data?: Data | Sent, _mask?: boolean | Sent, sent?: Sent): void {
    const done = [data, _mask, sent].find((one) => typeof one === 'function') as Sent | undefined;
    if (done !== undefined) queueMicrotask(done);
  }

  /** @throws `TypeError` for a code that no close frame can carry */
  close(code?: number, reason: string | Uint8Array = ''): void {
    if (this.#readyState !== OPEN) return;
    if (code !== undefined && !isCloseCode(code))
      throw new TypeError(`${String(code)} is no code of a close frame`);
    this.#readyState = CLOSING;
    const text = typeof reason === 'string' ? reason : new TextDecoder().decode(reason);
    this.#closeLater = () => this.#wsi.close(code ?? (text === '' ? undefined : 1000), text);
    if (this.#waiting.length === 0) this.#closeLater();
  }

  terminate(): void {
    if (this.#readyState === CLOSED) return;
    this.#readyState = CLOSING;
    this.#wsi.abort();
  }

  addEventListener(type: string, listener: Listener, options?: { readonly once?: boolean }): void {
    const byListener = this.#listeners.get(type) ?? new Map<Listener, (...args: never[]) => void>();
    if (byListener.has(listener)) return;
    const wrapped = (...args: never[]): void => {
      if (options?.once === true) this.removeEventListener(type, listener);
      const event = this.#eventOf(type, args);
      if (typeof listener === 'function') listener.call(this, event);
      else listener.handleEvent(event);
    };
    byListener.set(listener, wrapped);
    this.#listeners.set(type, byListener);
    this.on(type, wrapped as (...args: unknown[]) => void);
  }

  removeEventListener(type: string, listener: Listener): void {
    const wrapped = this.#listeners.get(type)?.get(listener);
    if (wrapped === undefined) return;
    this.#listeners.get(type)?.delete(listener);
    this.off(type, wrapped as (...args: unknown[]) => void);
  }

  // ---- what the handlers bring

  heard(data: string | Uint8Array): void {
    const binary = typeof data !== 'string';
    const bytes = binary
      ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
      : Buffer.from(data, 'utf8');
    this.#tell('message', this.#shown(bytes, binary), binary);
  }

  write(tx: WsTx): void {
    const waiting = this.#waiting;
    let at = 0;
    while (at < waiting.length) {
      const { kind, data, binary, fin, bytes, sent } = waiting[at] as Waiting;
      if (data === undefined) break;
      at++;
      this.#bytes -= bytes;
      const room =
        kind === 'ping'
          ? tx.ping(data as Uint8Array)
          : tx.fragment(data, { first: !this.#unfinished, final: fin, binary });
      if (kind === 'message') this.#unfinished = !fin;
      if (sent !== undefined) queueMicrotask(sent);
      if (!room) break;
    }
    // in one go: a long list would move for each message
    waiting.splice(0, at);
    if (waiting.length === 0) this.#closeLater?.();
    else if (waiting[0]?.data !== undefined) this.#wsi.requestWriteable();
  }

  pinged(payload: Uint8Array): void {
    this.#tell('ping', Buffer.from(payload));
  }

  ponged(payload: Uint8Array): void {
    this.#tell('pong', Buffer.from(payload));
  }

  peerCloses(): void {
    this.#readyState = CLOSING;
  }

  ended(code: number, reason: string): void {
    this.#readyState = CLOSED;
    this.#lose(notOpen());
    this.#tell('close', code, Buffer.from(reason));
  }

  // ---- private

  #add(
    kind: 'message' | 'ping',
    data: string | Uint8Array,
    binary: boolean,
    fin: boolean,
    sent: Sent | undefined,
  ): void {
    const bytes = typeof data === 'string' ? Buffer.byteLength(data, 'utf8') : data.length;
    this.#place({ kind, data, binary, fin, bytes, sent });
  }

  /** It keeps its place while it is read; one that cannot be read ends the connection. */
  #sendBlob(blob: Blob, binary: boolean, fin: boolean, sent: Sent | undefined): void {
    const entry: Waiting = {
      kind: 'message',
      data: undefined,
      binary,
      fin,
      bytes: blob.size,
      sent,
    };
    this.#place(entry);
    blob.arrayBuffer().then(
      (buffer) => {
        entry.data = new Uint8Array(buffer);
        this.#wsi.requestWriteable();
      },
      () => this.#wsi.close(1011),
    );
  }

  #place(entry: Waiting): void {
    const { bytes, sent } = entry;
    if (this.#readyState !== OPEN) {
      if (sent !== undefined) queueMicrotask(() => sent(notOpen()));
      return;
    }
    this.#waiting.push(entry);
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBufferedBytes) {
      const { closeCode, message } = adapterErrors.LWS_ERR_APP_OUTPUT;
      this.#readyState = CLOSING;
      this.#wsi.close(closeCode, message);
      this.#bytes = 0;
      this.#lose(new LwsError(adapterErrors.LWS_ERR_APP_OUTPUT));
    } else this.#wsi.requestWriteable();
  }

  /** What waits is not sent, and who gave it is told. */
  #lose(error: Error): void {
    const lost = this.#waiting;
    this.#waiting = [];
    for (const { sent } of lost) sent?.(error);
  }

  #shown(bytes: Buffer, binary: boolean): unknown {
    if (!binary || this.binaryType === 'nodebuffer') return bytes;
    if (this.binaryType === 'fragments') return [bytes];
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  }

  #tell(type: 'message' | 'ping' | 'pong' | 'close', ...args: unknown[]): void {
    const attribute = type === 'message' ? this.onmessage : type === 'close' ? this.onclose : null;
    attribute?.call(this, this.#eventOf(type, args));
    this.emit(type, ...args);
  }

  #eventOf(type: string, args: readonly unknown[]): object {
    if (type === 'message') {
      const [data, binary] = args;
      return { type, target: this, data: binary === true ? data : String(data) };
    }
    if (type === 'close') {
      const [code, reason] = args as [number, Buffer];
      return { type, target: this, code, reason: String(reason), wasClean: code !== 1006 };
    }
    return { type, target: this };
  }
}

/** The data as it is now: its owner may change it afterwards. */
function copyOf(data: unknown): string | Uint8Array {
  if (typeof data === 'string') return data;
  // the length of an array is no message
  if (typeof data === 'number') return String(data);
  // as `ws` has it
  if (data === undefined || data === null) return new Uint8Array(0);
  if (Array.isArray(data))
    return data.every((one) => typeof one === 'number')
      ? Uint8Array.from(data)
      : new Uint8Array(Buffer.concat(data as Uint8Array[]));
  if (ArrayBuffer.isView(data))
    return new Uint8Array(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  if (types.isAnyArrayBuffer(data)) return new Uint8Array(data).slice();
  throw new TypeError(`${Object.prototype.toString.call(data)} is no data of a message`);
}

/** RFC 6455 §7.4 */
function isCloseCode(code: number): boolean {
  if (!Number.isInteger(code) || code < 1000 || code > 4999) return false;
  return code >= 3000 || (code <= 1014 && (code < 1004 || code > 1006));
}

function notOpen(): Error {
  return new Error('WebSocket is not open');
}
