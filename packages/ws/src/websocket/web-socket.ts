/**
 * The WebSocket class of browsers (WHATWG WebSockets Standard) over a context of lws-ts, for programs that
 * are written against that interface. It keeps what is sent until the peer takes it, without a bound, as the
 * standard has it; `context.connect` has flow control.
 */
import { type ConnectOptions, lwslWarn } from '@lws-ts/core';
import {
  type AnyModule,
  type CodedError,
  LwsError,
  type Wsi,
  type WsTx,
  type WsWsi,
} from '@lws-ts/interface';
import { MessageQueue } from '../message-queue.ts';
import { isToken } from '../token-list.ts';
import { CloseEvent } from './close-event.ts';
import { ErrorEvent } from './error-event.ts';
import { seenAsWebSocket, states } from './seen-as-web-socket.ts';
import { protocolName, type Session } from './web-socket-protocol.ts';

/** What the class needs of a context. */
export interface WebSocketContext {
  connect(options: Readonly<Record<string, unknown>>): Wsi<unknown, unknown>;
}

/** What `new WebSocket()` takes beside the standard's arguments. */
export type WebSocketOptions = Omit<
  ConnectOptions<readonly AnyModule[]>,
  'url' | 'address' | 'port' | 'path' | 'ssl' | 'method' | 'vhost' | 'localProtocol' | 'protocols'
> & {
  readonly headers?: Readonly<Record<string, string>>;
  readonly origin?: string;
  readonly proxy?: string | false;
};

const { CONNECTING, OPEN, CLOSING, CLOSED } = states;

/** The events of a `WebSocket`. */
export interface WebSocketEventMap {
  readonly open: Event;
  readonly message: MessageEvent;
  readonly error: ErrorEvent;
  readonly close: CloseEvent;
}

type Handler<E extends Event> = ((this: WebSocket, event: E) => unknown) | null;
type HandledType = keyof WebSocketEventMap;
type Listen = EventTarget['addEventListener'];
type Unlisten = EventTarget['removeEventListener'];
type Listener<E extends Event> =
  | ((this: WebSocket, event: E) => unknown)
  | { handleEvent(event: E): unknown };

/** The WebSocket class of browsers, for classes that say by `contextOf` which context they have. */
export class WebSocket extends EventTarget {
  static readonly CONNECTING = CONNECTING;
  static readonly OPEN = OPEN;
  static readonly CLOSING = CLOSING;
  static readonly CLOSED = CLOSED;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;
  static {
    seenAsWebSocket(WebSocket);
  }

  readonly #url: URL;
  readonly #queue = new MessageQueue();
  readonly #handlers = new Map<
    HandledType,
    { handler: Handler<Event>; listener: (event: Event) => void }
  >();
  #wsi: Wsi<unknown, unknown> | undefined = undefined;
  /** The same, since `open`. */
  #open: WsWsi<unknown, unknown> | undefined = undefined;
  /** A close that waits for what was given to `send` before it. */
  #closeLater: (() => void) | undefined = undefined;
  #readyState: number = CONNECTING;
  #binaryType: 'blob' | 'arraybuffer' = 'blob';
  #protocol = '';
  #extensions = '';
  /** What was given to `send` and did not leave before the end counts on. */
  #discarded = 0;
  /** Of a slow peer: what was written and had not left when that was last known. */
  #unsent = 0;
  readonly #asked: readonly string[];

  /**
   * @param url `ws:` or `wss:`; `http:` and `https:` stand for them
   * @param protocols subprotocols to ask for; the server has to choose one of them
   * @param options not part of the standard: those of `context.connect`, such as `headers` and `proxy`
   * @throws `SyntaxError` (a DOMException) for a URL or subprotocols that the standard refuses; `TypeError` without arguments
   */
  constructor(
    url: string | URL,
    protocols: string | readonly string[] = [],
    options: WebSocketOptions = {},
  ) {
    super();
    // biome-ignore lint/complexity/noArguments: Web IDL counts them
    needsArgument(arguments.length);
    this.#url = readUrl(`${url as string}`);
    this.#asked = readProtocols(protocols);
    (new.target as typeof WebSocket).contextOf().then(
      (context) => this.#connect(context, options),
      (error: unknown) => this.#impossible(error),
    );
  }

  /** Where the class of a package gets its context from. */
  protected static contextOf(): Promise<WebSocketContext> {
    return Promise.reject(new TypeError('WebSocket has no context'));
  }

  get url(): string {
    return this.#url.href;
  }

  get readyState(): number {
    return this.#readyState;
  }

  /**
   * Bytes given to `send` that have not left the process; of what is framed already, headers count too. After the
   * end, those that never did, but for what a peer that is not slow had yet to take.
   */
  get bufferedAmount(): number {
    const written = this.#readyState === CLOSED ? 0 : (this.#open?.bufferedAmount ?? 0);
    this.#unsent = Math.min(this.#unsent, written);
    return this.#queue.bytes + this.#discarded + written;
  }

  /** As the server's answer has it; empty before `open`. */
  get extensions(): string {
    return this.#extensions;
  }

  /** What the server chose; empty before `open`. */
  get protocol(): string {
    return this.#protocol;
  }

  get binaryType(): 'blob' | 'arraybuffer' {
    return this.#binaryType;
  }

  set binaryType(type: 'blob' | 'arraybuffer') {
    const asked = `${type}` as const;
    if (asked === 'blob' || asked === 'arraybuffer') this.#binaryType = asked;
  }

  /** @throws `InvalidStateError` while connecting; `TypeError` without data */
  send(data: string | ArrayBufferLike | ArrayBufferView | Blob): void {
    // biome-ignore lint/complexity/noArguments: Web IDL counts them
    needsArgument(arguments.length);
    if (this.#readyState === CONNECTING)
      throw new DOMException('The WebSocket is not open yet', 'InvalidStateError');
    if (this.#readyState !== OPEN) {
      this.#discarded += sizeOf(data);
      return;
    }
    if (data instanceof Blob) this.#sendBlob(data);
    else this.#queue.add(copyOf(data));
    this.#wsi?.requestWriteable();
  }

  /** @throws `InvalidAccessError` for a code but 1000 and 3000 to 4999; `SyntaxError` for a reason over 123 bytes */
  close(code?: number, reason = ''): void {
    const asked = code === undefined ? undefined : clampedShort(code);
    const said = `${reason}`;
    if (asked !== undefined && asked !== 1000 && !(asked >= 3000 && asked <= 4999))
      throw new DOMException(`${asked} is no code a page may send`, 'InvalidAccessError');
    if (Buffer.byteLength(said, 'utf8') > 123)
      throw new DOMException('The reason is longer than 123 bytes', 'SyntaxError');
    if (this.#readyState >= CLOSING) return;
    const opened = this.#readyState === OPEN;
    this.#readyState = CLOSING;
    // without a context yet, the connection ends as soon as it would begin
    if (!opened) this.#wsi?.abort();
    else {
      const sent = asked ?? (said === '' ? undefined : 1000);
      this.#closeLater = () => this.#wsi?.close(sent, said);
      if (this.#queue.length === 0) this.#closeLater();
    }
  }

  get onopen(): Handler<Event> {
    return this.#handler('open');
  }

  set onopen(handler: Handler<Event>) {
    this.#handle('open', handler);
  }

  get onmessage(): Handler<MessageEvent> {
    return this.#handler('message');
  }

  set onmessage(handler: Handler<MessageEvent>) {
    this.#handle('message', handler as Handler<Event>);
  }

  override addEventListener<K extends HandledType>(
    type: K,
    listener: Listener<WebSocketEventMap[K]> | null,
    options?: Parameters<Listen>[2],
  ): void;
  override addEventListener(...listen: Parameters<Listen>): void;
  override addEventListener(...listen: Parameters<Listen>): void {
    super.addEventListener(...listen);
  }

  override removeEventListener<K extends HandledType>(
    type: K,
    listener: Listener<WebSocketEventMap[K]> | null,
    options?: Parameters<Unlisten>[2],
  ): void;
  override removeEventListener(...listen: Parameters<Unlisten>): void;
  override removeEventListener(...listen: Parameters<Unlisten>): void {
    super.removeEventListener(...listen);
  }

  get onerror(): Handler<ErrorEvent> {
    return this.#handler('error');
  }

  set onerror(handler: Handler<ErrorEvent>) {
    this.#handle('error', handler as Handler<Event>);
  }

  get onclose(): Handler<CloseEvent> {
    return this.#handler('close');
  }

  set onclose(handler: Handler<CloseEvent>) {
    this.#handle('close', handler as Handler<Event>);
  }

  #connect(context: WebSocketContext, options: WebSocketOptions): void {
    if (this.#readyState !== CONNECTING) {
      this.#failed();
      return;
    }
    try {
      const wsi = context.connect({
        // the standard asks with the redirect mode "error"
        maxRedirects: 0,
        ...options,
        url: this.#url,
        protocols: this.#asked,
        localProtocol: protocolName,
      });
      this.#wsi = wsi;
      (wsi.session as Session).socket = {
        chosen: (name) => this.#asked.length === 0 || name !== undefined,
        opened: (opened) => this.#opened(opened),
        message: (data) => this.#message(data),
        writeable: (tx) => this.#write(tx),
        peerCloses: () => {
          this.#readyState = CLOSING;
        },
        closed: (code, reason) => this.#closed(code, reason),
        failed: (error) => this.#failed(error),
      };
    } catch (error) {
      this.#impossible(error);
    }
  }

  /** A fault of the program's is not to pass in silence. */
  #impossible(error: unknown): void {
    lwslWarn(
      `WebSocket to ${this.#url.host}: ${error instanceof Error ? error.message : String(error)}`,
    );
    this.#failed(error instanceof LwsError ? error : undefined);
  }

  #opened(wsi: WsWsi<unknown, unknown>): void {
    this.#open = wsi;
    this.#readyState = OPEN;
    this.#protocol = wsi.header('sec-websocket-protocol') ?? '';
    this.#extensions = wsi.header('sec-websocket-extensions') ?? '';
    this.dispatchEvent(new Event('open'));
  }

  #message(data: string | Uint8Array): void {
    if (this.#readyState !== OPEN) return;
    const shown =
      typeof data === 'string'
        ? data
        : this.#binaryType === 'blob'
          ? new Blob([data as Uint8Array<ArrayBuffer>])
          : bufferOf(data);
    this.dispatchEvent(new MessageEvent('message', { data: shown, origin: this.#url.origin }));
  }

  /** It keeps its place while it is read; one that cannot be read is sent empty. */
  #sendBlob(blob: Blob): void {
    const fill = this.#queue.place(blob.size);
    const settle = (data: Uint8Array): void => {
      fill(data);
      this.#wsi?.requestWriteable();
    };
    blob.arrayBuffer().then(
      (buffer) => settle(new Uint8Array(buffer)),
      () => settle(new Uint8Array(0)),
    );
  }

  #write(tx: WsTx): void {
    const more = this.#queue.sendTo(tx);
    // the next call comes when it left
    this.#unsent = tx.choked ? (this.#open?.bufferedAmount ?? 0) : 0;
    if (more || this.#unsent > 0) this.#wsi?.requestWriteable();
    if (this.#queue.length === 0) this.#closeLater?.();
  }

  #failed(error?: CodedError): void {
    this.#closed(1006, '', error);
  }

  /** Without a close frame of the peer's it has failed, by its loss too (RFC 6455 §7.2.1): an error, then the end. */
  #closed(code: number, reason: string, error?: CodedError): void {
    const wasClean = code !== 1006;
    this.#readyState = CLOSED;
    this.#discarded += this.#queue.bytes + (wasClean ? 0 : this.#unsent);
    this.#queue.clear();
    if (!wasClean) this.dispatchEvent(new ErrorEvent(error));
    this.dispatchEvent(new CloseEvent('close', { wasClean, code, reason }));
  }

  #handler<E extends Event>(type: HandledType): Handler<E> {
    return (this.#handlers.get(type)?.handler ?? null) as Handler<E>;
  }

  /** An event handler attribute: one listener, whose place is where it was first set. An object is kept, not called. */
  #handle(type: HandledType, given: Handler<Event>): void {
    const handler = typeof given === 'function' || typeof given === 'object' ? given : null;
    const known = this.#handlers.get(type);
    if (known !== undefined) known.handler = handler;
    if (known !== undefined && handler === null) {
      this.removeEventListener(type, known.listener);
      this.#handlers.delete(type);
    } else if (known === undefined && handler !== null) {
      const entry = {
        handler: handler as Handler<Event>,
        listener: (event: Event) => {
          if (typeof entry.handler === 'function') entry.handler.call(this, event);
        },
      };
      this.#handlers.set(type, entry);
      this.addEventListener(type, entry.listener);
    }
  }
}

const schemes: ReadonlyMap<string, string> = new Map([
  ['http:', 'ws:'],
  ['https:', 'wss:'],
  ['ws:', 'ws:'],
  ['wss:', 'wss:'],
]);

/** Web IDL: one that is not there is no undefined. */
function needsArgument(given: number): void {
  if (given === 0) throw new TypeError('an argument is missing');
}

function readUrl(url: string): URL {
  let read: URL;
  try {
    read = new URL(url);
  } catch {
    throw new DOMException(`${url} is not a URL`, 'SyntaxError');
  }
  const scheme = schemes.get(read.protocol);
  if (scheme === undefined)
    throw new DOMException(`${read.protocol} is no scheme of a WebSocket`, 'SyntaxError');
  if (read.hash !== '' || read.href.endsWith('#'))
    throw new DOMException('The URL of a WebSocket has no fragment', 'SyntaxError');
  read.protocol = scheme;
  return read;
}

function readProtocols(protocols: string | readonly string[]): readonly string[] {
  // Web IDL: of a string or a sequence, what cannot be gone through is a string
  const listed =
    typeof protocols === 'object' && protocols !== null && Symbol.iterator in protocols;
  const list = (listed ? [...protocols] : [protocols]).map((name) => `${name}`);
  if (!list.every(isToken) || new Set(list.map((name) => name.toLowerCase())).size < list.length)
    throw new DOMException('Subprotocols are different tokens', 'SyntaxError');
  return list;
}

/** WebIDL's `[Clamp] unsigned short`: to the nearest integer, of two as near to the even one. */
function clampedShort(value: number): number {
  // not Number(), which takes a bigint
  const number = Math.min(Math.max(+value, 0), 65_535);
  const below = Math.floor(number);
  const rest = number - below;
  if (Number.isNaN(number)) return 0;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** The data as it is now: its owner may change it afterwards. */
function copyOf(data: string | ArrayBufferLike | ArrayBufferView): string | Uint8Array {
  if (ArrayBuffer.isView(data))
    return isEmpty(data.buffer)
      ? new Uint8Array(0)
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer)
    return isEmpty(data) ? new Uint8Array(0) : new Uint8Array(data).slice();
  return `${data}`;
}

/** As is what was transferred: Web IDL reads no bytes of it. */
function isEmpty({ byteLength }: ArrayBufferLike): boolean {
  return byteLength === 0;
}

function sizeOf(data: string | ArrayBufferLike | ArrayBufferView | Blob): number {
  if (data instanceof Blob) return data.size;
  const copy = copyOf(data);
  return typeof copy === 'string' ? Buffer.byteLength(copy, 'utf8') : copy.length;
}

/** A buffer that holds the bytes and nothing else. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  const whole = bytes.byteLength === bytes.buffer.byteLength;
  return (whole ? bytes : bytes.slice()).buffer as ArrayBuffer;
}
