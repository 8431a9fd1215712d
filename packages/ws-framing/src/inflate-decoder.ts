/**
 * Inflates messages (RFC 7692 §7.2.2). A message of at most 16 KiB on the wire is inflated at once when it is
 * whole; of a longer one each piece goes through a borrowed engine as it comes. Between messages a connection keeps
 * nothing, and with context takeover the window alone.
 */
import type { InflateRaw } from 'node:zlib';
import { wsFramingErrors } from './errors.ts';
import type { DecodedSink } from './extension.ts';
import { borrowEngine, type EngineUser, forgetWaiting, returnEngine } from './inflate-engine.ts';
import { WindowHistory } from './window-history.ts';
import { inflateAtOnce } from './zlib-at-once.ts';

/** The most that is inflated at once, in bytes on the wire. */
const wholeBytes = 16 * 1024;
/** What a message without a bound of its own may have to be inflated at once. */
const unboundedOutput = 64 * 1024;
/** Blocks that a peer may mark as last in one message; a hostile one could have one in each two bytes. */
const maxFinalBlocks = 8;
/** The end that the sender left out, and an empty last block: zlib says by its end that it was at one. */
const wholeTail = Uint8Array.of(0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff);
/** The end that was left out, and a block of one known byte: it comes out alone when zlib was at an end. */
const pieceTail = Uint8Array.of(0, 0, 0xff, 0xff, 0, 1, 0, 0xfe, 0xff, 0x5a);
const knownByte = 0x5a;

const noBytes = new Uint8Array(0);

const { LWS_ERR_WS_DEFLATE_DATA, LWS_ERR_WS_DEFLATE_SIZE } = wsFramingErrors;

export class InflateDecoder implements EngineUser {
  readonly #sink: DecodedSink;
  readonly #takeover: boolean;
  readonly #history: WindowHistory;
  maxMessageSize = Number.POSITIVE_INFINITY;
  #collected: Uint8Array = noBytes;
  #length = 0;
  #given = 0;
  /** A piece that an engine was not lent for yet, or that it works on. */
  #piece: Uint8Array | undefined = undefined;
  #engine: InflateRaw | undefined = undefined;
  /** zlib has taken the piece. */
  #through = false;
  #streaming = false;
  #ending = false;
  /** Of the end: whether the known byte came, and nothing else. */
  #proof = 0;
  #over = false;

  constructor(sink: DecodedSink, takeover: boolean, windowBits: number) {
    this.#sink = sink;
    this.#takeover = takeover;
    this.#history = new WindowHistory(2 ** windowBits);
  }

  /** What it keeps of a message as it came, in bytes: until it is whole, or while an engine is waited for or works. */
  get kept(): number {
    return this.#collected.length + (this.#piece?.length ?? 0);
  }

  get working(): boolean {
    return this.#piece !== undefined;
  }

  /** It has an engine, or waits for one. */
  get occupying(): boolean {
    return this.#streaming && !this.#over;
  }

  get dictionary(): Uint8Array | undefined {
    return this.#takeover ? this.#history.bytes : undefined;
  }

  decode(chunk: Uint8Array, start: number, end: number): void {
    if (this.#over) return;
    const length = this.#length + end - start;
    if (this.#streaming) this.#write(new Uint8Array(chunk.subarray(start, end)));
    else if (length <= wholeBytes) this.#collect(chunk, start, end);
    else {
      const piece = new Uint8Array(length);
      piece.set(this.#collected.subarray(0, this.#length));
      piece.set(chunk.subarray(start, end), this.#length);
      this.#stream(piece);
    }
  }

  decodeEnd(): void {
    if (this.#over) return;
    if (this.#streaming) {
      this.#ending = true;
      this.#write(pieceTail);
    } else this.#inflateWhole();
  }

  hold(on: boolean): void {
    if (on) this.#engine?.pause();
    else this.#engine?.resume();
  }

  close(): void {
    this.#over = true;
    forgetWaiting(this);
    this.#giveBack(false);
  }

  // ---- at once

  #collect(chunk: Uint8Array, start: number, end: number): void {
    const length = this.#length + end - start;
    const needed = length + wholeTail.length;
    if (needed > this.#collected.length) {
      const bytes =
        this.#length === 0 ? memoryFor(needed) : new Uint8Array(Math.max(needed, this.#length * 2));
      bytes.set(this.#collected.subarray(0, this.#length));
      this.#collected = bytes;
    }
    this.#collected.set(chunk.subarray(start, end), this.#length);
    this.#length = length;
  }

  #inflateWhole(): void {
    if (this.#length === 0) this.#collect(noBytes, 0, 0);
    const wire = this.#collected;
    const length = this.#length + wholeTail.length;
    wire.set(wholeTail, this.#length);
    this.#collected = noBytes;
    const bounded = this.maxMessageSize < Number.POSITIVE_INFINITY;
    const most = bounded ? this.maxMessageSize : unboundedOutput;
    let at = 0;
    let out: Uint8Array = noBytes;
    for (let blocks = 0; at < length; blocks++) {
      const dictionary = out.length === 0 ? this.dictionary : this.#windowBehind(out);
      const rest = wire.subarray(at, length);
      const outcome = inflateAtOnce(rest, most - out.length, dictionary);
      if (outcome === 'too large') {
        if (bounded) this.#fail(LWS_ERR_WS_DEFLATE_SIZE);
        else this.#streamWhole(wire.subarray(0, this.#length));
        return;
      }
      if (outcome === undefined || blocks > maxFinalBlocks) {
        this.#fail(LWS_ERR_WS_DEFLATE_DATA);
        return;
      }
      at += outcome.taken;
      out = out.length === 0 ? outcome.bytes : join(out, outcome.bytes);
    }
    this.#length = 0;
    spare = wire;
    if (this.#takeover) this.#history.add(out);
    if (out.length > 0) this.#sink.decoded(out);
    this.#sink.decodedEnd();
  }

  /** What a block may refer to behind one that was marked as the last of the message, whose output is `before`. */
  #windowBehind(before: Uint8Array): Uint8Array {
    const known = this.dictionary;
    return known === undefined ? before : join(known, before).subarray(-32_768);
  }

  // ---- by an engine

  #streamWhole(wire: Uint8Array): void {
    this.#stream(new Uint8Array(wire));
    this.#ending = true;
  }

  #stream(first: Uint8Array): void {
    this.#streaming = true;
    this.#length = 0;
    this.#collected = noBytes;
    this.#piece = first;
    borrowEngine(this);
  }

  lent(engine: InflateRaw): void {
    this.#engine = engine;
    engine.on('data', (bytes: Uint8Array) => this.#inflated(bytes));
    engine.on('error', () => this.#fail(LWS_ERR_WS_DEFLATE_DATA));
    // a block that was marked as the last of all: what follows it would be passed over
    engine.on('end', () => this.#fail(LWS_ERR_WS_DEFLATE_DATA));
    this.#write(this.#piece ?? noBytes);
  }

  #write(piece: Uint8Array): void {
    this.#piece = piece;
    this.#through = false;
    this.#engine?.write(piece, () => this.#written());
  }

  /** The piece is through, and all that came of it was given: what is held comes later. */
  #written(): void {
    this.#through = true;
    this.#goOn();
  }

  #goOn(): void {
    if (this.#over || !this.#through || (this.#engine?.readableLength ?? 0) > 0) return;
    const wasTail = this.#piece === pieceTail;
    this.#piece = undefined;
    if (wasTail) this.#finish();
    else if (this.#ending) this.#write(pieceTail);
    else this.#sink.decodeReady();
  }

  #inflated(bytes: Uint8Array): void {
    if (this.#over) return;
    if (this.#piece === pieceTail) {
      this.#proof += bytes.length === 1 && bytes[0] === knownByte ? 1 : 2;
      this.#goOn();
      return;
    }
    this.#given += bytes.length;
    if (this.#given > this.maxMessageSize) {
      this.#fail(LWS_ERR_WS_DEFLATE_SIZE);
      return;
    }
    if (this.#takeover) this.#history.add(bytes);
    this.#sink.decoded(plain(bytes));
    this.#goOn();
  }

  #finish(): void {
    if (this.#proof !== 1) {
      this.#fail(LWS_ERR_WS_DEFLATE_DATA);
      return;
    }
    this.#giveBack(!this.#takeover);
    this.#streaming = false;
    this.#ending = false;
    this.#proof = 0;
    this.#given = 0;
    this.#sink.decodedEnd();
    this.#sink.decodeReady();
  }

  #giveBack(clean: boolean): void {
    const engine = this.#engine;
    this.#engine = undefined;
    this.#piece = undefined;
    if (engine !== undefined) returnEngine(engine, clean);
  }

  #fail(error: (typeof wsFramingErrors)[keyof typeof wsFramingErrors]): void {
    if (this.#over) return;
    this.close();
    this.#sink.decodeFailed(error);
  }
}

/** What the last message was collected in, for the next of any connection: to get memory outside of V8's heap is dear. */
let spare: Uint8Array = noBytes;
/** It is at most so many times as long as what came: who begins a message and does not end it keeps it. */
const spareShare = 16;

function memoryFor(bytes: number): Uint8Array {
  const memory = spare;
  if (memory.length < bytes || memory.length > spareShare * bytes) return new Uint8Array(bytes);
  spare = noBytes;
  return memory;
}

/** The same bytes, not as a Buffer. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
