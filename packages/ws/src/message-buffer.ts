/**
 * A message that did not come in one piece, copied into one buffer that grows with what arrives: a list of
 * pieces would let a peer that sends a byte at a time keep many times its bytes.
 */
import { leaveMemory, usedMemory } from './used-memory.ts';

/** The first allocation for a frame, at most; a header alone pins no more than this. */
const firstBytes = 64 * 1024;
/** How much more is allocated when a message outgrows what it has. */
const growth = 4;
/** Of what a frame announces, so many times as much as has come of the message is believed. */
const believed = 16;
/** Left free before a message, for the header of the frame it may be sent on in: the memory goes on with it then. */
export const headroom = 10;
/** Below this zeroed memory is the quicker one to get, in bytes. */
const zeroedBytes = 4096;

/** What is said of appended bytes; a frame reader has it. */
export interface FrameBytes {
  readonly remaining: number;
  readonly fin: boolean;
  readonly ascii: boolean;
}

export class MessageBuffer {
  readonly #maxLength: number;
  #bytes: Uint8Array = emptyBytes;
  #length = 0;
  #ascii = true;

  /** @param maxLength bytes; its owner sees to it that no message is longer */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  get length(): number {
    return this.#length;
  }

  /** Memory it has, in bytes. */
  get allocated(): number {
    return this.#bytes.length;
  }

  #room(): number {
    return Math.max(0, this.#bytes.length - headroom);
  }

  /**
   * Copies `chunk[start..end)`.
   *
   * @param frame `remaining`: bytes of the frame that are still to come; `fin`: no frame follows;
   *   `ascii`: the bytes are all below 0x80
   */
  append(chunk: Uint8Array, start: number, end: number, frame: FrameBytes): void {
    const length = this.#length + end - start;
    if (length > this.#room()) this.#grow(length, length + frame.remaining, frame.fin);
    this.#bytes.set(chunk.subarray(start, end), headroom + this.#length);
    this.#length = length;
    this.#ascii &&= frame.ascii;
  }

  /** Gives the message as a string and forgets it. */
  takeText(): string {
    const text = decodeText(this.#bytes, headroom, headroom + this.#length, this.#ascii);
    this.clear();
    return text;
  }

  /** Gives the message away and forgets it. */
  takeBinary(): Uint8Array {
    const bytes = this.#bytes;
    const full = this.#length > 0 && this.#length === this.#room();
    const whole = full
      ? bytes.subarray(headroom)
      : copyBytes(bytes, headroom, headroom + this.#length);
    if (full) this.#bytes = emptyBytes;
    this.clear();
    releaseCopied();
    return whole;
  }

  /** Forgets the message, and lets its memory go. */
  clear(): void {
    leaveMemory(this.#bytes);
    this.#bytes = emptyBytes;
    this.#length = 0;
    this.#ascii = true;
  }

  /**
   * To four times its size, or to what is announced, so that little is copied twice; but no further than the
   * message can go.
   */
  #grow(needed: number, announced: number, last: boolean): void {
    const credit = Math.max(firstBytes, this.#length > 0 ? needed * believed : 0);
    const wanted = Math.max(this.#room() * growth, Math.min(announced, credit));
    const most = last ? announced : this.#maxLength;
    const size = headroom + Math.max(needed, Math.min(wanted, most));
    const bytes = usedMemory(size) ?? unsetBytes(size);
    bytes.set(this.#bytes.subarray(headroom, headroom + this.#length), headroom);
    leaveMemory(this.#bytes);
    this.#bytes = bytes;
  }
}

/** `bytes[start..end)` as a string; they are UTF-8, and latin1 too where `ascii` says so. */
export function decodeText(bytes: Uint8Array, start: number, end: number, ascii: boolean): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString(ascii ? 'latin1' : 'utf8', start, end);
}

const emptyBytes = new Uint8Array(0);
let viewed: Uint8Array | undefined;
let plain: Uint8Array = emptyBytes;

/**
 * A plain copy of `bytes[start..end)` with memory of its own. A view of `bytes` is kept until {@link releaseCopied}, so
 * that the messages of one read share it: `slice` of a Buffer would be none, and of its own making it is slow.
 */
export function copyBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  view(bytes);
  if (end - start < zeroedBytes) return plain.slice(start, end);
  const copy = unsetBytes(end - start);
  copy.set(plain.subarray(start, end));
  return copy;
}

/** What messages are copied into one behind the other, how much of it is taken, and how many were copied. */
let shared: Uint8Array = emptyBytes;
let taken = 0;
let beside = 0;
/** The more there were the more are believed to come: room for so many times as many. */
const foreseen = 4;

/**
 * As {@link copyBytes}, into memory that later ones have too until {@link releaseCopied}: to get some for each costs
 * more than all else that is done with a short message. It is at most `most` times as long as the copy.
 */
export function copyBeside(
  bytes: Uint8Array,
  start: number,
  end: number,
  most: number,
): Uint8Array {
  const length = end - start;
  view(bytes);
  if (taken + length > shared.length || shared.length > length * most) {
    const times = Math.min(most, Math.max(1, beside * foreseen));
    // zeroed: what is not taken of it yet can be seen too
    shared = new Uint8Array(Math.min(length * times, bytes.length - start));
    taken = 0;
  }
  beside++;
  const copy = new Uint8Array(shared.buffer, taken, length);
  copy.set(plain.subarray(start, end));
  taken += length;
  return copy;
}

/** Lets go of what was last copied from, and into. */
export function releaseCopied(): void {
  viewed = undefined;
  plain = emptyBytes;
  shared = emptyBytes;
  taken = 0;
  beside = 0;
}

function view(bytes: Uint8Array): void {
  if (bytes === viewed) return;
  releaseCopied();
  plain =
    bytes.constructor === Uint8Array
      ? bytes
      : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  viewed = bytes;
}

/** Plain memory that is not shared with any pool. What stands in it is not zero: the caller sets every byte it shows. */
export function unsetBytes(length: number): Uint8Array {
  return length < zeroedBytes
    ? new Uint8Array(length)
    : new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}
