/**
 * Deflates messages piece by piece, at once: nothing of zlib outlives a call. What a later piece may refer to,
 * of the same message or with context takeover of those before it, is given to zlib as a dictionary.
 */
import { zlib } from './node-zlib.ts';
import { WindowHistory } from './window-history.ts';

/** What is kept between messages when the context is taken over: enough for messages that are alike. */
const takeoverBytes = 4096;
/** How far before the end of its window zlib stops looking back. */
const lookAhead = 262;
/** Every piece ends with an empty stored block; of the last one these four bytes are left out (RFC 7692 §7.2.1). */
const tailBytes = 4;
const emptyMessage = Uint8Array.of(0);

export interface DeflateSettings {
  /** 8 to 15. */
  readonly windowBits: number;
  readonly takeover: boolean;
  /** 0 to 9. */
  level: number;
  /** 1 to 9. */
  memLevel: number;
}

export class DeflateEncoder {
  readonly #settings: DeflateSettings;
  /** zlib has no window of 8 bits; of one of 9 it looks back 250 bytes at most, which fits in 256. */
  readonly #windowBits: number;
  readonly #history: WindowHistory;
  #chunkSize = 1024;

  constructor(settings: DeflateSettings) {
    this.#settings = settings;
    this.#windowBits = Math.max(9, settings.windowBits);
    this.#history = new WindowHistory(2 ** settings.windowBits);
  }

  /** What zlib is told of the past: to take in a whole window costs more than a short piece can gain by it. */
  #dictionaryFor(length: number): Uint8Array | undefined {
    return this.#history.bytes?.subarray(-Math.max(takeoverBytes, 4 * length));
  }

  /** The least window that holds `length` bytes, up to the one agreed on: zlib clears two of its size each time. */
  #windowFor(length: number): number {
    const bits = 32 - Math.clz32(length + lookAhead - 1);
    return Math.min(this.#windowBits, Math.max(9, bits));
  }

  /** At most 64 KiB of a message. What it gives is its own until the next call. */
  encode(piece: Uint8Array, first: boolean, final: boolean): Uint8Array {
    const { takeover } = this.#settings;
    const dictionary = first && !takeover ? undefined : this.#dictionaryFor(piece.length);
    if (piece.length === 0) {
      if (final && !takeover) this.#history.clear();
      return final ? emptyMessage : noBytes;
    }
    const deflated = zlib().deflateRawSync(piece, {
      finishFlush: zlib().constants.Z_SYNC_FLUSH,
      level: this.#settings.level,
      memLevel: this.#settings.memLevel,
      windowBits: this.#windowFor(piece.length + (dictionary?.length ?? 0)),
      chunkSize: this.#chunkSize,
      ...(dictionary === undefined ? undefined : { dictionary }),
    });
    this.#chunkSize = chunkSizeFor(deflated.length);
    if (takeover || !final) this.#history.add(piece, final ? takeoverBytes : undefined);
    else this.#history.clear();
    const length = final ? deflated.length - tailBytes : deflated.length;
    return new Uint8Array(deflated.buffer, deflated.byteOffset, length);
  }
}

/** Room for what was needed last, and some more: zlib gets its memory in pieces of that size. */
export function chunkSizeFor(length: number): number {
  let size = 256;
  while (size < length + 64 && size < 16_384) size *= 2;
  return size;
}

const noBytes = new Uint8Array(0);
