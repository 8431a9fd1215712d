/**
 * Reads WebSocket frames (RFC 6455 §5) of one direction of one connection from chunks of any size.
 * Says what arrives to a {@link FrameSink}; keeps no payload, allocates nothing per frame, and answers
 * nothing: closing, pongs, size limits and extensions are their owner's. Payload bytes given to the sink
 * lie in the pushed chunk, unmasked there, and are the sink's until it returns.
 */
import { isAscii } from 'node:buffer';
import { interfaceErrors, LwsError } from '@lws-ts/interface';
import { type WsViolation, type WsViolationCode, wsFramingErrors } from './errors.ts';
import { maskingKey, releaseViews, turnKey, unmaskWith } from './masking.ts';
import { OPCODE } from './opcode.ts';
import { Utf8Validator } from './utf8-validator.ts';

/** Where {@link FrameReader} puts what it reads. Called in stream order, never re-entered. */
export interface FrameSink {
  /** A header is complete: read `opcode`, `fin`, `rsv1`, `length` off the reader; its payload follows. */
  frameStart(): void;
  /** Unmasked payload, as soon as it arrives: `chunk[start..end)` of the pushed chunk, ours until return. */
  framePayload(chunk: Uint8Array, start: number, end: number): void;
  /** The frame's last payload byte has been given. An empty frame has start and end only. */
  frameEnd(): void;
  /** The peer broke the protocol. Nothing more will be read. */
  violation(error: WsViolation): void;
}

/** What a {@link FrameReader} is for. */
export interface FrameReaderOptions {
  /** Which side we are: a server takes masked frames only, a client unmasked ones only (§5.1). */
  readonly side: 'server' | 'client';
  /**
   * RSV1 may stand on the first frame of a message (RFC 7692 §6). Text of such a message is not checked
   * for UTF-8 here: its bytes are not text yet.
   *
   * @defaultValue false
   */
  readonly allowRsv1?: boolean;
  /**
   * Text messages that are not UTF-8 are violations (§8.1).
   *
   * @defaultValue true
   */
  readonly validateUtf8?: boolean;
  /**
   * Most bytes in one `framePayload`; not of messages with RSV1, whose bytes are not the program's yet.
   *
   * @defaultValue no bound but the pushed chunk
   * @throws `LWS_ERR_OPTION` unless an integer from 1 to 2^31 - 1
   */
  readonly payloadLimit?: number;
}

// What the next byte is.
const FIRST = 0;
const SECOND = 1;
const LENGTH_16 = 2;
const LENGTH_64 = 3;
const KEY = 4;
const PAYLOAD = 5;
const BROKEN = 6;

const NO_LIMIT = 0x7fff_ffff;

/** First and second byte and key, in bytes. */
const SHORT_HEADER = 6;
/** From this many bytes on the native ASCII check, which costs a view and a call, is quicker than the loop. */
const NATIVE_ASCII_FROM = 128;

/** The reader. One per connection and direction. lws: lws_ws_rx_sm, lws_ws_client_rx_sm */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #server: boolean;
  readonly #allowRsv1: boolean;
  readonly #validateUtf8: boolean;
  readonly #payloadLimit: number;
  /** Made for the first text that is not ASCII: most connections, and all idle ones, do without. */
  #utf8: Utf8Validator | undefined;
  #phase: number;
  #stopped: boolean;
  // The header being read.
  #head: number;
  #headLength: number;
  #due: number;
  /** Of the frame: turned so that its lowest byte belongs to the next payload byte. */
  #key: number;
  // The frame last begun.
  #opcode: number;
  #fin: boolean;
  #rsv1: boolean;
  #length: number;
  #remaining: number;
  #ascii: boolean;
  /** The frame is part of a text message whose bytes are text. */
  #text: boolean;
  // The message in progress, which control frames leave alone.
  #messageOpcode: number;
  #messageText: boolean;
  /** It began with RSV1. */
  #encoded: boolean;
  /** A message has begun whose final frame has not. */
  #unfinished: boolean;

  constructor(sink: FrameSink, options: FrameReaderOptions) {
    const { side, allowRsv1 = false, validateUtf8 = true, payloadLimit = NO_LIMIT } = options;
    if (side !== 'server' && side !== 'client')
      throw refused(`side is ${String(side)}, not 'server' or 'client'`);
    if (!Number.isInteger(payloadLimit) || payloadLimit < 1 || payloadLimit > NO_LIMIT)
      throw refused(`payloadLimit is ${payloadLimit}, not an integer from 1 to ${NO_LIMIT}`);
    this.#sink = sink;
    this.#server = side === 'server';
    this.#allowRsv1 = allowRsv1;
    this.#validateUtf8 = validateUtf8;
    this.#payloadLimit = payloadLimit;
    this.#utf8 = undefined;
    this.#phase = FIRST;
    this.#stopped = false;
    this.#head = 0;
    this.#headLength = 0;
    this.#due = 0;
    this.#key = 0;
    this.#opcode = 0;
    this.#fin = false;
    this.#rsv1 = false;
    this.#length = 0;
    this.#remaining = 0;
    this.#ascii = false;
    this.#text = false;
    this.#messageOpcode = 0;
    this.#messageText = false;
    this.#encoded = false;
    this.#unfinished = false;
  }

  /** The opcode of the frame last begun; for a data frame inside a message 0, see `messageOpcode`. */
  get opcode(): number {
    return this.#opcode;
  }

  /** The frame last begun is the last one of its message. Control frames always are. */
  get fin(): boolean {
    return this.#fin;
  }

  /** RSV1 of the frame last begun. */
  get rsv1(): boolean {
    return this.#rsv1;
  }

  /** Payload bytes of the frame last begun, 0 to 2^53 - 1. */
  get length(): number {
    return this.#length;
  }

  /** Payload bytes of the frame that are still to come after those just given. */
  get remaining(): number {
    return this.#remaining;
  }

  /** Frames come masked: to a server all of them, to a client none (§5.1). */
  get masked(): boolean {
    return this.#server;
  }

  /** The opcode, text or binary, of the message last begun; 0 before the first one. */
  get messageOpcode(): number {
    return this.#messageOpcode;
  }

  /** The message last begun began with RSV1. */
  get encoded(): boolean {
    return this.#encoded;
  }

  /** A message has begun and more of it is to come. False from the `frameEnd` of its final frame on. */
  get inMessage(): boolean {
    return this.#unfinished || (this.#phase === PAYLOAD && this.#opcode < OPCODE.close);
  }

  /** The frame last begun begins a message. */
  get firstFrame(): boolean {
    return this.#opcode === OPCODE.text || this.#opcode === OPCODE.binary;
  }

  /**
   * In `framePayload`: these bytes are text and all below 0x80, so latin1 decodes them too. False for
   * binary and control frames, and for messages with RSV1, whatever they hold.
   */
  get ascii(): boolean {
    return this.#ascii;
  }

  /**
   * Reads `chunk[start..end)`, unmasking payload in place. Gives how many bytes it took: all of them,
   * also after a violation, unless the sink called `stop`. Then the rest is untouched and the next
   * `push` goes on with it; it may be empty, to fetch a `frameEnd` that was held back.
   */
  push(chunk: Uint8Array, start = 0, end: number = chunk.length): number {
    if (this.#phase === BROKEN) return end - start;
    let at = start;
    this.#stopped = false;
    while (!this.#stopped)
      if (this.#phase === PAYLOAD && this.#remaining === 0) this.#endFrame();
      else if (at >= end) break;
      else if (this.#phase === PAYLOAD) at = this.#readPayload(chunk, at, end);
      else at = this.#readHeader(chunk, at, end);
    // the rest of a chunk is read with the same views
    if (at >= end) releaseViews();
    return (this.#phase === BROKEN ? end : at) - start;
  }

  /** From inside a sink's call: no further call in this `push`, which returns at once. */
  stop(): void {
    this.#stopped = true;
  }

  /** Takes header bytes, judging each as it comes, up to the payload. */
  #readHeader(chunk: Uint8Array, start: number, end: number): number {
    let at = start;
    if (this.#server && this.#phase === FIRST && end - at >= SHORT_HEADER)
      at = this.#readShort(chunk, at);
    while (at < end && this.#phase < PAYLOAD)
      if (this.#phase === KEY) at = this.#readKey(chunk, at, end);
      else {
        const broken = this.#readHeaderByte(chunk[at++] as number);
        if (broken !== undefined) this.#break(broken);
      }
    if (this.#phase === PAYLOAD) this.#startFrame();
    return at;
  }

  /** Most headers come whole and have no extended length: the same rules, without asking what the next byte is. */
  #readShort(chunk: Uint8Array, at: number): number {
    const broken =
      this.#readFirst(chunk[at] as number) ?? this.#readSecond(chunk[at + 1] as number);
    if (broken !== undefined) this.#break(broken);
    if (this.#phase !== KEY) return at + 2;
    this.#key = maskingKey(chunk, at + 2);
    this.#phase = PAYLOAD;
    return at + SHORT_HEADER;
  }

  #readHeaderByte(byte: number): WsViolationCode | undefined {
    if (this.#phase === FIRST) return this.#readFirst(byte);
    return this.#phase === SECOND ? this.#readSecond(byte) : this.#readLength(byte);
  }

  /** FIN, RSV and opcode: §5.2, §5.5, §5.4, one line a rule. */
  #readFirst(byte: number): WsViolationCode | undefined {
    const opcode = byte & 0x0f;
    const control = opcode >= OPCODE.close;
    const starts = opcode === OPCODE.text || opcode === OPCODE.binary;
    if ((byte & 0x30) !== 0) return 'LWS_ERR_WS_RESERVED_BIT';
    if ((byte & 0x40) !== 0 && !(this.#allowRsv1 && starts)) return 'LWS_ERR_WS_RESERVED_BIT';
    if (opcode > OPCODE.pong || (opcode > OPCODE.binary && !control)) return 'LWS_ERR_WS_OPCODE';
    if (control && (byte & 0x80) === 0) return 'LWS_ERR_WS_CONTROL_FRAGMENTED';
    if (opcode === OPCODE.continuation && !this.#unfinished) return 'LWS_ERR_WS_CONTINUATION';
    if (starts && this.#unfinished) return 'LWS_ERR_WS_INTERLEAVED';
    this.#head = byte;
    this.#phase = SECOND;
    return undefined;
  }

  /** MASK and the 7-bit length: §5.1, §5.5. */
  #readSecond(byte: number): WsViolationCode | undefined {
    const length = byte & 0x7f;
    if (byte >= 0x80 !== this.#server) return 'LWS_ERR_WS_MASK';
    if (length > 125 && (this.#head & 0x0f) >= OPCODE.close) return 'LWS_ERR_WS_CONTROL_LENGTH';
    this.#headLength = length;
    if (length < 126) this.#expectKey();
    else {
      this.#headLength = 0;
      this.#due = length === 126 ? 2 : 8;
      this.#phase = length === 126 ? LENGTH_16 : LENGTH_64;
    }
    return undefined;
  }

  /** One byte of the extended length: §5.2. */
  #readLength(byte: number): WsViolationCode | undefined {
    this.#headLength = this.#headLength * 256 + byte;
    const due = --this.#due;
    if (this.#phase === LENGTH_64) {
      if (due === 7 && byte >= 0x80) return 'LWS_ERR_WS_LENGTH_SIGN';
      if (due === 7 && byte > 0) return 'LWS_ERR_WS_LENGTH_UNSUPPORTED';
      if (due === 6 && byte > 0x1f) return 'LWS_ERR_WS_LENGTH_UNSUPPORTED';
      if (due === 2 && this.#headLength === 0) return 'LWS_ERR_WS_LENGTH_NOT_MINIMAL';
    } else if (due === 0 && this.#headLength < 126) return 'LWS_ERR_WS_LENGTH_NOT_MINIMAL';
    if (due === 0) this.#expectKey();
    return undefined;
  }

  #expectKey(): void {
    this.#due = 4;
    this.#phase = this.#server ? KEY : PAYLOAD;
  }

  #readKey(chunk: Uint8Array, at: number, end: number): number {
    if (this.#due === 4 && end - at >= 4) {
      this.#key = maskingKey(chunk, at);
      this.#phase = PAYLOAD;
      return at + 4;
    }
    this.#key = (this.#key >>> 8) | ((chunk[at] as number) << 24);
    if (--this.#due === 0) this.#phase = PAYLOAD;
    return at + 1;
  }

  #startFrame(): void {
    const head = this.#head;
    const opcode = head & 0x0f;
    this.#opcode = opcode;
    this.#fin = head >= 0x80;
    this.#rsv1 = (head & 0x40) !== 0;
    this.#length = this.#headLength;
    this.#remaining = this.#headLength;
    this.#ascii = false;
    if (opcode < OPCODE.close) {
      this.#unfinished = !this.#fin;
      if (opcode !== OPCODE.continuation) {
        this.#messageOpcode = opcode;
        this.#messageText = opcode === OPCODE.text && !this.#rsv1;
        this.#encoded = this.#rsv1;
      }
    }
    this.#text = this.#messageText && opcode < OPCODE.close;
    this.#sink.frameStart();
  }

  #readPayload(chunk: Uint8Array, start: number, end: number): number {
    let stop = end;
    if (stop - start > this.#remaining) stop = start + this.#remaining;
    if (stop - start > this.#payloadLimit && !this.#encoded) stop = start + this.#payloadLimit;
    const ascii = this.#unmask(chunk, start, stop);
    if (this.#text && this.#validateUtf8 && !(ascii && this.#textWhole())) {
      this.#utf8 ??= new Utf8Validator();
      if (!this.#utf8.push(chunk, start, stop))
        return this.#breakText(chunk, start, stop, this.#utf8.validEnd);
    }
    this.#give(chunk, start, stop, ascii);
    return stop;
  }

  /** True when the bytes are text and all ASCII. */
  #unmask(chunk: Uint8Array, start: number, stop: number): boolean {
    if (!this.#server) return this.#text && allAscii(chunk, start, stop);
    return unmaskWith(chunk, start, stop, this.#key) < 0x80 && this.#text;
  }

  #give(chunk: Uint8Array, start: number, stop: number, ascii: boolean): void {
    this.#key = turnKey(this.#key, stop - start);
    this.#remaining -= stop - start;
    this.#ascii = ascii;
    this.#sink.framePayload(chunk, start, stop);
  }

  /** The text is good up to `bad`: that much is given, the rest put back as it came, then broken. */
  #breakText(chunk: Uint8Array, start: number, stop: number, bad: number): number {
    if (this.#server) unmaskWith(chunk, bad, stop, turnKey(this.#key, bad - start));
    if (bad > start) this.#give(chunk, start, bad, allAscii(chunk, start, bad));
    if (!this.#stopped) this.#break('LWS_ERR_WS_UTF8');
    return bad;
  }

  /** The text so far ends at a whole character. */
  #textWhole(): boolean {
    return this.#utf8 === undefined || this.#utf8.complete;
  }

  #endFrame(): void {
    if (this.#fin && this.#text && !this.#textWhole()) this.#break('LWS_ERR_WS_UTF8_INCOMPLETE');
    else {
      this.#phase = FIRST;
      this.#sink.frameEnd();
    }
  }

  #break(code: WsViolationCode): void {
    this.#phase = BROKEN;
    this.#stopped = true;
    this.#sink.violation(wsFramingErrors[code]);
  }
}

function allAscii(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start >= NATIVE_ASCII_FROM)
    return isAscii(new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start));
  let seen = 0;
  for (let at = start; at < end; at++) seen |= bytes[at] as number;
  return seen < 0x80;
}

function refused(what: string): LwsError {
  return new LwsError(interfaceErrors.LWS_ERR_OPTION, what);
}
