/**
 * Masking of payloads (RFC 6455 §5.3), in place: bytes one by one when there are few, by 32-bit words
 * when there are some, by the 128-bit words of WebAssembly when there are many. The view of a chunk is made when first
 * needed and kept until `releaseViews`, so that the frames of one chunk share it.
 *
 * Inside this package a key is one integer: its lowest byte masks the first byte, its highest the fourth.
 */
import { mixBlocks } from './masking-simd.ts';

/** Below: bytes; making and aligning words costs more than it saves. */
const WORDS_FROM = 64;
/** From here on 128-bit words: a call of WebAssembly and two copies cost less than they save. */
const BLOCKS_FROM = 384;

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

let viewed: Uint8Array | undefined;
let words: Int32Array | undefined;

/**
 * Masks or unmasks `bytes[start..end)` in place by the 4 bytes of `key`.
 *
 * @param phase how many payload bytes of the same frame came before `start`
 */
export function unmask(
  bytes: Uint8Array,
  start: number,
  end: number,
  key: Uint8Array,
  phase = 0,
): void {
  unmaskWith(bytes, start, end, turnKey(maskingKey(key), phase));
  releaseViews();
}

/**
 * Writes `source`, masked by the 4 bytes of `key`, into `target` from `at` on; `source` stays as it is.
 * Gives the position behind it. `target` must have the room.
 *
 * @param phase how many payload bytes of the same frame came before `source`
 */
export function maskInto(
  target: Uint8Array,
  at: number,
  source: Uint8Array,
  key: Uint8Array,
  phase = 0,
): number {
  const end = at + source.length;
  if (source.length >= WORDS_FROM) {
    target.set(source, at);
    unmask(target, at, end, key, phase);
    return end;
  }
  for (let from = 0; from < source.length; from++)
    target[at + from] = (source[from] as number) ^ (key[(phase + from) & 3] as number);
  return end;
}

/** The integer form of the key whose 4 bytes begin at `at`. */
export function maskingKey(bytes: Uint8Array, at = 0): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

/** The key for what follows `count` bytes. */
export function turnKey(key: number, count: number): number {
  const bits = (count & 3) << 3;
  return bits === 0 ? key : (key >>> bits) | (key << (32 - bits));
}

/** Lets go of the chunk last worked on. */
export function releaseViews(): void {
  viewed = undefined;
  words = undefined;
}

/** Masks or unmasks any number of bytes; bit 7 of the result is set when one of them is not ASCII then. */
export function unmaskWith(bytes: Uint8Array, start: number, end: number, key: number): number {
  const length = end - start;
  if (length < WORDS_FROM) return unmaskBytes(bytes, start, end, key);
  if (length >= BLOCKS_FROM) {
    const done = mixBlocks(bytes, start, end, key);
    if (done !== undefined) return done | unmaskBytes(bytes, end - (done & 15), end, key);
  }
  return unmaskWords(bytes, start, end, key);
}

function unmaskBytes(bytes: Uint8Array, start: number, end: number, key: number): number {
  const key0 = key & 0xff;
  const key1 = (key >>> 8) & 0xff;
  const key2 = (key >>> 16) & 0xff;
  const key3 = key >>> 24;
  const last = end - 3;
  let seen = 0;
  let at = start;
  for (; at < last; at += 4) {
    const byte0 = (bytes[at] as number) ^ key0;
    const byte1 = (bytes[at + 1] as number) ^ key1;
    const byte2 = (bytes[at + 2] as number) ^ key2;
    const byte3 = (bytes[at + 3] as number) ^ key3;
    bytes[at] = byte0;
    bytes[at + 1] = byte1;
    bytes[at + 2] = byte2;
    bytes[at + 3] = byte3;
    seen |= byte0 | byte1 | byte2 | byte3;
  }
  for (let rest = key; at < end; at++, rest >>>= 8) {
    const byte = (bytes[at] as number) ^ (rest & 0xff);
    bytes[at] = byte;
    seen |= byte;
  }
  return seen;
}

function unmaskWords(bytes: Uint8Array, start: number, end: number, key: number): number {
  if (bytes !== viewed) see(bytes);
  words ??= new Int32Array(bytes.buffer, 0, Math.floor(bytes.buffer.byteLength / 4));
  const view = words;
  const base = bytes.byteOffset;
  const head = start + (-(base + start) & 3);
  const turned = turnKey(key, head - start);
  const word = littleEndian ? turned : swapBytes(turned);
  const lastWord = Math.floor((base + end) / 4);
  let at = (base + head) / 4;
  let seen = 0;
  for (; at < lastWord - 7; at += 8) {
    seen |= mixWord(view, at, word) | mixWord(view, at + 1, word);
    seen |= mixWord(view, at + 2, word) | mixWord(view, at + 3, word);
    seen |= mixWord(view, at + 4, word) | mixWord(view, at + 5, word);
    seen |= mixWord(view, at + 6, word) | mixWord(view, at + 7, word);
  }
  for (; at < lastWord; at++) seen |= mixWord(view, at, word);
  return (
    ((seen & 0x80808080) === 0 ? 0 : 0x80) |
    unmaskBytes(bytes, start, head, key) |
    unmaskBytes(bytes, lastWord * 4 - base, end, turned)
  );
}

function mixWord(view: Int32Array, at: number, word: number): number {
  const mixed = (view[at] as number) ^ word;
  view[at] = mixed;
  return mixed;
}

function see(bytes: Uint8Array): void {
  viewed = bytes;
  words = undefined;
}

function swapBytes(word: number): number {
  return (word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | ((word & 0xff) << 24);
}
