/**
 * From the messages that an extension decodes to the calls of a handler. What is decoded waits here while the
 * program takes no more, and its text is checked as it comes out. Input stops meanwhile.
 */
import type { CodedError } from '@lws-ts/interface';
import {
  type DecodedSink,
  type ExtensionSession,
  type FrameReader,
  OPCODE,
  Utf8Validator,
  wsFramingErrors,
} from '@lws-ts/ws-framing';
import type { Delivery } from './delivery.ts';
import { decodeText } from './message-buffer.ts';

/** What may wait for a program that takes chunks before the extension is held, in bytes. */
const waitingBytes = 64 * 1024;

/** The connection, as its encoded messages see it. */
export interface InflatedOwner {
  readonly mayDeliver: boolean;
  /** Work is left that nothing from the network will call for. */
  wake(): void;
  failed(error: CodedError): void;
}

/** How the program takes messages: whole, or in chunks of at most so many bytes. */
export type Taking =
  | { readonly message: (data: string | Uint8Array) => void; readonly maxMessageSize: number }
  | { readonly chunk: (bytes: Uint8Array) => void; readonly rxBufferSize: number };

export class InflatedDelivery implements Delivery, DecodedSink {
  first = false;
  final = false;
  remaining = 0;
  /** Bytes of encoded messages that came, of all together. */
  received = 0;
  readonly #owner: InflatedOwner;
  readonly #reader: FrameReader;
  readonly #taking: Taking;
  readonly #utf8 = new Utf8Validator();
  #session: ExtensionSession | undefined = undefined;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** Of the first piece, what was given already. */
  #given = 0;
  #whole = false;
  #begins = true;

  constructor(owner: InflatedOwner, reader: FrameReader, taking: Taking) {
    this.#owner = owner;
    this.#reader = reader;
    this.#taking = taking;
  }

  /** Once, before the first frame. */
  attach(session: ExtensionSession): void {
    this.#session = session;
    if ('maxMessageSize' in this.#taking) session.maxMessageSize = this.#taking.maxMessageSize;
  }

  get kept(): number {
    return this.#bytes + (this.#session?.kept ?? 0);
  }

  /** Something waits: no frame may be read. */
  get busy(): boolean {
    return this.#session?.working === true || this.deliverable;
  }

  /** The peer keeps others from something until it ends its message. */
  get occupying(): boolean {
    return this.#session?.occupying === true;
  }

  /** They wait for it. */
  get contended(): boolean {
    return this.#session?.contended === true;
  }

  // ---- from the reader

  frameStart(): CodedError | undefined {
    return undefined;
  }

  framePayload(chunk: Uint8Array, start: number, end: number): void {
    this.received += end - start;
    this.#session?.decode(chunk, start, end);
    this.#settle();
  }

  frameEnd(): void {
    if (!this.#reader.fin) return;
    this.#session?.decodeEnd();
    this.#settle();
  }

  // ---- from the extension

  decoded(bytes: Uint8Array): void {
    const text = this.#reader.messageOpcode === OPCODE.text;
    if (text && !this.#utf8.push(bytes, 0, bytes.length)) {
      this.#owner.failed(wsFramingErrors.LWS_ERR_WS_UTF8);
      return;
    }
    this.#keep(bytes);
    this.#bytes += bytes.length;
    if ('chunk' in this.#taking && this.#bytes > waitingBytes) this.#session?.hold(true);
    this.#owner.wake();
  }

  decodedEnd(): void {
    if (!this.#utf8.complete) {
      this.#owner.failed(wsFramingErrors.LWS_ERR_WS_UTF8_INCOMPLETE);
      return;
    }
    this.#whole = true;
    this.#owner.wake();
  }

  decodeReady(): void {
    this.#owner.wake();
  }

  decodeFailed(error: CodedError): void {
    this.#owner.failed(error);
  }

  // ---- to the program

  /** Gives what waits, as far as it is taken. */
  drain(): void {
    while (this.deliverable && this.#owner.mayDeliver)
      if ('message' in this.#taking) this.#giveMessage(this.#taking.message);
      else this.#giveChunk(this.#taking);
    if (this.#bytes <= waitingBytes) this.#session?.hold(false);
  }

  clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
    this.#whole = false;
  }

  /** There is something to give. A chunk may be the last of its message: that shows when something follows it. */
  get deliverable(): boolean {
    if (this.#whole) return true;
    return 'chunk' in this.#taking && this.#bytes > this.#chunkSize(this.#taking.rxBufferSize);
  }

  #chunkSize(rxBufferSize: number): number {
    return Math.min(rxBufferSize, this.#session?.rxChunk ?? rxBufferSize);
  }

  /**
   * zlib writes one piece behind the other into the same memory. Those become one: a peer that sends octet by octet
   * would have a piece for each kept, which is many times its size.
   */
  #keep(bytes: Uint8Array): void {
    const at = this.#pieces.length - 1;
    const last = this.#pieces[at];
    const follows =
      last?.buffer === bytes.buffer && last.byteOffset + last.length === bytes.byteOffset;
    if (last === undefined || !follows) this.#pieces.push(bytes);
    else
      this.#pieces[at] = new Uint8Array(last.buffer, last.byteOffset, last.length + bytes.length);
  }

  #settle(): void {
    this.drain();
    if (this.busy) this.#reader.stop();
  }

  #giveMessage(give: (data: string | Uint8Array) => void): void {
    const bytes = this.#pieces.length === 1 ? (this.#pieces[0] ?? noBytes) : this.#joined();
    this.#end();
    this.first = true;
    this.final = true;
    const text = this.#reader.messageOpcode === OPCODE.text;
    give(text ? decodeText(bytes, 0, bytes.length, false) : bytes);
  }

  #joined(): Uint8Array {
    const joined = new Uint8Array(this.#bytes);
    let at = 0;
    for (const piece of this.#pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    return joined;
  }

  #giveChunk({ chunk: give, rxBufferSize }: Extract<Taking, { chunk: unknown }>): void {
    const piece = this.#pieces[0] ?? noBytes;
    const length = Math.min(piece.length - this.#given, this.#chunkSize(rxBufferSize));
    const bytes = new Uint8Array(piece.buffer, piece.byteOffset + this.#given, length);
    this.#given += length;
    this.#bytes -= length;
    if (this.#given >= piece.length) {
      this.#pieces.shift();
      this.#given = 0;
    }
    this.first = this.#begins;
    this.#begins = false;
    this.final = this.#whole && this.#bytes === 0;
    this.remaining = this.final ? 0 : this.#reader.remaining;
    if (this.final) this.#end();
    give(bytes);
  }

  #end(): void {
    this.clear();
    this.#utf8.reset();
    this.#given = 0;
    this.#begins = true;
  }
}

const noBytes = new Uint8Array(0);
