/**
 * The shape of a `WebSocket` of `ws` over a wsi: what libraries use of it, with its names and its events.
 * What is given to `send` waits until the peer can take it, up to a bound.
 */
import { lwslErr, showThrown } from '@lws-ts/core';
import {
  LwsError,
  type OptionRules,
  resolveOptions,
  type WsTx,
  type WsWsi,
} from '@lws-ts/interface';
import { isSendableCloseCode } from '@lws-ts/ws';
import { adapterErrors } from './errors.ts';
import { EventTargetEmitter } from './event-target-emitter.ts';
import { copyOf } from './message-data.ts';
import { SocketLike } from './socket-like.ts';

/** How a view is. */
export interface WsLikeOptions {
  /**
   * Bytes given to `send` that may wait for a slow peer, and 64 for each message behind the first; more closes with 1013.
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
/** As `@types/ws` has them of pings; called without an error as well, as by `ws`. */
type PingSent = (error: Error) => void;
type SendOptions = {
  readonly binary?: boolean | undefined;
  readonly fin?: boolean | undefined;
  readonly compress?: boolean | undefined;
  readonly mask?: boolean | undefined;
};
/** What an entry that waits costs beside its bytes: messages may be empty. */
const entryBytes = 64;
/** Of control frames, and of the reason in one. RFC 6455 §5.5 */
const maxPing = 125;
const maxReason = 123;

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
type ReadyState = typeof CONNECTING | typeof OPEN | typeof CLOSING | typeof CLOSED;

const binaryTypes = ['nodebuffer', 'arraybuffer', 'fragments', 'blob'] as const;
type BinaryType = (typeof binaryTypes)[number];
/** What `@types/ws` knows of them: who asks for Blobs is told so too, and a view is a `WebSocket` to the compiler. */
type TypedBinaryType = Exclude<BinaryType, 'blob'>;

/** A wsi as programs see a `WebSocket` of `ws`. */
export class WsLike extends EventTargetEmitter {
  static readonly CONNECTING = CONNECTING;
  static readonly OPEN = OPEN;
  static readonly CLOSING = CLOSING;
  static readonly CLOSED = CLOSED;
  readonly CONNECTING = CONNECTING;
  readonly OPEN = OPEN;
  readonly CLOSING = CLOSING;
  readonly CLOSED = CLOSED;

  readonly #wsi: WsWsi<unknown, unknown>;
  readonly #maxBufferedBytes: number;
  #waiting: Waiting[] = [];
  #bytes = 0;
  /** A message was begun with `fin: false`. */
  #unfinished = false;
  #readyState: ReadyState;
  #binaryType: BinaryType = 'nodebuffer';
  #socket: SocketLike | undefined = undefined;
  #paused = false;
  #closeLater: (() => void) | undefined = undefined;

  constructor(wsi: WsWsi<unknown, unknown>, options: WsLikeOptions = {}) {
    super();
    const read = resolveOptions(wsLikeRules, options as Record<string, unknown>, 'toWs()');
    this.#wsi = wsi;
    this.#readyState = wsi.open ? OPEN : CLOSED;
    this.#maxBufferedBytes = read['maxBufferedBytes'] as number;
  }

  get readyState(): ReadyState {
    return this.#readyState;
  }

  /** The subprotocol. */
  get protocol(): string {
    return this.#wsi.protocol;
  }

  /** How binary messages are given: as a Buffer, an ArrayBuffer, a list of one Buffer, or a Blob. */
  get binaryType(): TypedBinaryType {
    return this.#binaryType as TypedBinaryType;
  }

  set binaryType(type: BinaryType) {
    if (binaryTypes.includes(type)) this.#binaryType = type;
  }

  /** As much of a socket as `createWebSocketStream` of `ws` and the like look at. */
  get _socket(): SocketLike {
    if (this.#socket === undefined) {
      this.#socket = new SocketLike(this.#wsi.peer);
      if (this.#readyState === CLOSED) this.#socket.finish();
    }
    return this.#socket;
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
  send(data: Data, options?: SendOptions | Sent | null, sent?: Sent): void {
    const given = (typeof options === 'object' ? options : undefined) ?? {};
    const done = typeof options === 'function' ? options : sent;
    const { binary = typeof data !== 'string' && typeof data !== 'number', fin = true } = given;
    if (data instanceof Blob) this.#sendBlob(data, binary, fin, done);
    else this.#add('message', copyOf(data), binary, fin, done);
  }

  ping(data?: Data | PingSent, _mask?: boolean | PingSent, sent?: PingSent): void {
    const done = [data, _mask, sent].find((one) => typeof one === 'function') as Sent | undefined;
    this.#add('ping', pingPayload(data), true, true, done);
  }

  /** Does nothing but tell `sent`: each ping of the peer is answered already. @throws as `ping` does */
  pong(data?: Data | PingSent, _mask?: boolean | PingSent, sent?: PingSent): void {
    pingPayload(data);
    const done = [data, _mask, sent].find((one) => typeof one === 'function') as Sent | undefined;
    const error = this.#readyState === OPEN ? undefined : notOpen(this.#readyState);
    if (done !== undefined) this.#tellSoon(done, error);
  }

  /**
   * Without a code the reason is not said.
   *
   * @throws `TypeError` for a code that no close frame can carry, `RangeError` for a reason over 123 bytes
   */
  close(code?: number, reason: string | Uint8Array = ''): void {
    if (this.#readyState !== OPEN) return;
    if (code !== undefined && !isSendableCloseCode(code))
      throw new TypeError(`${String(code)} is no code of a close frame`);
    const said = code === undefined ? '' : reasonOf(reason);
    this.#readyState = CLOSING;
    this.#closeLater = () => this.#wsi.close(code, said);
    if (this.#waiting.length === 0) this.#closeLater();
  }

  terminate(): void {
    if (this.#readyState === CLOSED) return;
    this.#readyState = CLOSING;
    this.#wsi.abort();
  }

  // ---- what the handlers bring

  heard(data: string | Uint8Array): void {
    const binary = typeof data !== 'string';
    const bytes = binary
      ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
      : Buffer.from(data, 'utf8');
    this.emit('message', this.#shown(bytes, binary), binary);
  }

  write(tx: WsTx): void {
    const waiting = this.#waiting;
    const told: Sent[] = [];
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
      if (sent !== undefined) told.push(sent);
      if (!room) break;
    }
    // in one go: a long list would move for each message
    waiting.splice(0, at);
    callAll(told);
    if (waiting.length === 0) this.#closeLater?.();
    else if (waiting[0]?.data !== undefined) this.#wsi.requestWriteable();
  }

  pinged(payload: Uint8Array): void {
    this.emit('ping', Buffer.from(payload));
  }

  ponged(payload: Uint8Array): void {
    this.emit('pong', Buffer.from(payload));
  }

  peerCloses(): void {
    this.#readyState = CLOSING;
  }

  ended(code: number, reason: string): void {
    this.#readyState = CLOSED;
    this.#lose(notOpen(CLOSED));
    this.#socket?.finish();
    this.emit('close', code, Buffer.from(reason));
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
      if (sent !== undefined) this.#tellSoon(sent, notOpen(this.#readyState));
      return;
    }
    this.#waiting.push(entry);
    this.#bytes += bytes;
    // one message is taken by its bytes alone
    const entries = (this.#waiting.length - 1) * entryBytes;
    if (this.#bytes + entries > this.#maxBufferedBytes) {
      const { closeCode, message } = adapterErrors.LWS_ERR_APP_OUTPUT;
      this.#readyState = CLOSING;
      this.#wsi.close(closeCode, message);
      this.#bytes = 0;
      const error = new LwsError(adapterErrors.LWS_ERR_APP_OUTPUT);
      // not inside the call that gave it
      for (const lost of this.#drop())
        if (lost.sent !== undefined) this.#tellSoon(lost.sent, error);
    } else this.#wsi.requestWriteable();
  }

  /** What waits is not sent, and who gave it is told. */
  #lose(error: Error): void {
    for (const { sent } of this.#drop()) if (sent !== undefined) this.#tell(sent, error);
  }

  #drop(): readonly Waiting[] {
    const lost = this.#waiting;
    this.#waiting = [];
    return lost;
  }

  #tellSoon(sent: Sent, error: Error | undefined): void {
    queueMicrotask(() => this.#tell(sent, error));
  }

  /** Where no handler is running that would throw, or others are to be told after it. */
  #tell(sent: Sent, error: Error | undefined): void {
    try {
      sent(error);
    } catch (thrown) {
      lwslErr(`a callback of send() threw: ${showThrown(thrown)}`);
      this.#wsi.close(1011);
    }
  }

  #shown(bytes: Buffer, binary: boolean): unknown {
    if (!binary || this.#binaryType === 'nodebuffer') return bytes;
    if (this.#binaryType === 'fragments') return [bytes];
    if (this.#binaryType === 'blob') return new Blob([bytes]);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  }
}

/** Each of them, whatever others throw; the first that one threw is thrown on. */
function callAll(told: readonly Sent[]): void {
  const thrown: unknown[] = [];
  for (const sent of told)
    try {
      sent();
    } catch (error) {
      thrown.push(error);
    }
  if (thrown.length > 0) throw thrown[0];
}

/** As `ws` says it. */
function notOpen(state: number): Error {
  const name = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'][state];
  return new Error(`WebSocket is not open: readyState ${state} (${name})`);
}

function pingPayload(data: unknown): Uint8Array {
  const payload = typeof data === 'function' ? '' : copyOf(data);
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  if (bytes.length > maxPing) throw new RangeError(`a ping of ${bytes.length} bytes`);
  return new Uint8Array(bytes);
}

function reasonOf(reason: string | Uint8Array): string {
  if (typeof reason !== 'string' && !(reason instanceof Uint8Array))
    throw new TypeError('a reason is a string or a Uint8Array');
  const bytes = Buffer.byteLength(reason);
  if (bytes > maxReason) throw new RangeError(`a reason of ${bytes} bytes`);
  return typeof reason === 'string' ? reason : new TextDecoder().decode(reason);
}
