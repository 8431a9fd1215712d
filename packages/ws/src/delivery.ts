/**
 * From the data frames of a connection to the calls of its handler: whole messages for `ws.message`,
 * chunks as they come for `ws.receive`. What is pending is given only at the end of its frame, when the
 * reader has found the text good to its last byte.
 */
import type { CodedError, RoleHost } from '@lws-ts/interface';
import { type FrameReader, OPCODE } from '@lws-ts/ws-framing';
import { wsErrors } from './errors.ts';
import { copyBeside, copyBytes, decodeText, MessageBuffer } from './message-buffer.ts';

/** A message keeps at most so many times its size alive. */
const pinnedShare = 16;
/** Up to so many bytes it costs more to ask what they lie in than to copy them. */
const shortBytes = 64;

/** What the data frames of a connection go through. */
export interface Delivery {
  /** In a handler: the data begins a message. */
  readonly first: boolean;
  /** In a handler: the data ends a message. */
  readonly final: boolean;
  /** In a handler: bytes of the frame that are still to come. */
  readonly remaining: number;
  /** A data frame begins; what is wrong with it, if anything. */
  frameStart(): CodedError | undefined;
  framePayload(chunk: Uint8Array, start: number, end: number): void;
  frameEnd(): void;
  /** Forgets what waits: nobody takes it any more. */
  clear(): void;
  /** Memory of a message that is not whole, or not taken, in bytes. */
  readonly kept: number;
}

/** What {@link MessageDelivery} gives messages to. */
export interface MessageTaker {
  message(data: string | Uint8Array): void;
}

/** Puts messages together, up to a size. */
export class MessageDelivery implements Delivery {
  readonly #reader: FrameReader;
  readonly #maxMessageSize: number;
  readonly #taker: MessageTaker;
  /** Made for the first message that does not come in one piece. */
  #buffer: MessageBuffer | undefined = undefined;
  /** A message that lies in one piece in the chunk being read is taken from there. */
  #whole: Uint8Array | undefined = undefined;
  #start = 0;
  #end = 0;
  #ascii = false;
  readonly #host: RoleHost;

  constructor(reader: FrameReader, maxMessageSize: number, host: RoleHost, taker: MessageTaker) {
    this.#host = host;
    this.#reader = reader;
    this.#maxMessageSize = maxMessageSize;
    this.#taker = taker;
  }

  // what is always so is no field: each connection has one of these

  get first(): boolean {
    return true;
  }

  get final(): boolean {
    return true;
  }

  get remaining(): number {
    return 0;
  }

  get kept(): number {
    return this.#buffer?.allocated ?? 0;
  }

  frameStart(): CodedError | undefined {
    const size = (this.#buffer?.length ?? 0) + this.#reader.length;
    return size > this.#maxMessageSize ? wsErrors.LWS_ERR_WS_MESSAGE_SIZE : undefined;
  }

  framePayload(chunk: Uint8Array, start: number, end: number): void {
    const reader = this.#reader;
    if (reader.fin && reader.firstFrame && end - start === reader.length) {
      this.#whole = chunk;
      this.#start = start;
      this.#end = end;
      this.#ascii = reader.ascii;
      return;
    }
    this.#buffer ??= new MessageBuffer(this.#maxMessageSize);
    this.#buffer.append(chunk, start, end, reader);
  }

  frameEnd(): void {
    if (!this.#reader.fin) return;
    const binary = this.#reader.messageOpcode === OPCODE.binary;
    const whole = this.#whole;
    if (whole === undefined) {
      this.#buffer ??= new MessageBuffer(this.#maxMessageSize);
      this.#taker.message(binary ? this.#buffer.takeBinary() : this.#buffer.takeText());
      return;
    }
    this.#whole = undefined;
    this.#taker.message(
      binary
        ? this.#takeBytes(whole, this.#start, this.#end)
        : decodeText(whole, this.#start, this.#end, this.#ascii),
    );
  }

  clear(): void {
    this.#whole = undefined;
    this.#buffer?.clear();
  }

  /** The message as bytes of the program's own; one that is much of its memory is given as it lies there. */
  #takeBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    if (length <= shortBytes) return copyBytes(bytes, start, end);
    // a socket that reads into a buffer for all needs it back
    const { buffer } = bytes;
    if (!this.#host.transport.givesMemory || length * pinnedShare < buffer.byteLength)
      return copyBeside(bytes, start, end, pinnedShare);
    this.#host.keep();
    return new Uint8Array(buffer, bytes.byteOffset + start, length);
  }
}

/** Passes chunks on. The reader bounds them by its `payloadLimit`. */
export class ChunkDelivery implements Delivery {
  /** Chunks lie in what was read. */
  readonly kept = 0;
  first = false;
  final = false;
  remaining = 0;
  readonly #reader: FrameReader;
  readonly #deliver: (chunk: Uint8Array) => void;
  #last: Uint8Array = noBytes;
  #begins = false;

  constructor(reader: FrameReader, deliver: (chunk: Uint8Array) => void) {
    this.#reader = reader;
    this.#deliver = deliver;
  }

  frameStart(): undefined {
    if (this.#reader.firstFrame) this.#begins = true;
  }

  framePayload(chunk: Uint8Array, start: number, end: number): void {
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset + start, end - start);
    if (this.#reader.remaining > 0) this.#give(bytes, false);
    else this.#last = bytes;
  }

  frameEnd(): void {
    const { fin } = this.#reader;
    const bytes = this.#last;
    this.#last = noBytes;
    // an empty frame in the middle of a message says nothing
    if (bytes.length > 0 || fin || this.#begins) this.#give(bytes, fin);
  }

  clear(): void {
    this.#last = noBytes;
  }

  #give(bytes: Uint8Array, final: boolean): void {
    this.first = this.#begins;
    this.final = final;
    this.remaining = this.#reader.remaining;
    this.#begins = false;
    this.#deliver(bytes);
  }
}

const noBytes = new Uint8Array(0);
