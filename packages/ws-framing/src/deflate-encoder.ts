/**
 * Deflates messages piece by piece, at once: no connection keeps anything of zlib. What a later piece may refer to,
 * of the same message or with context takeover of those before it, is given to zlib as a dictionary.
 */
import { WindowHistory } from './window-history.ts';
import { deflateAtOnce } from './zlib-at-once.ts';

/** What is kept between messages when the context is taken over: enough for messages that are alike. */
const takeoverBytes = 4096;
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

  constructor(settings: DeflateSettings) {
    this.#settings = settings;
    this.#windowBits = Math.max(9, settings.windowBits);
    this.#history = new WindowHistory(2 ** settings.windowBits);
  }

  /** What zlib is told of the past: to take in a whole window costs more than a short piece can gain by it. */
  #dictionaryFor(length: number): Uint8Array | undefined {
    return this.#history.bytes?.subarray(-Math.max(takeoverBytes, 4 * length));
  }

  /** At most 64 KiB of a message. What it gives is the caller's until anything is inflated or deflated. */
  encode(piece: Uint8Array, first: boolean, final: boolean): Uint8Array {
    const { takeover } = this.#settings;
    const dictionary = first && !takeover ? undefined : this.#dictionaryFor(piece.length);
    if (piece.length === 0) {
      if (final && !takeover) this.#history.clear();
      return final ? emptyMessage : noBytes;
    }
    const { level, memLevel } = this.#settings;
    const windowBits = this.#windowBits;
    const deflated = deflateAtOnce(piece, { windowBits, level, memLevel }, dictionary);
    if (takeover || !final) this.#history.add(piece, final ? takeoverBytes : undefined);
    else this.#history.clear();
    return final ? deflated.subarray(0, -tailBytes) : deflated;
  }
}

const noBytes = new Uint8Array(0);
