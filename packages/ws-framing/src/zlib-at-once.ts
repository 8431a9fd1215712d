/**
 * Inflating and deflating at once. `inflateRawSync` and `deflateRawSync` of Node.js make a stream of zlib for each call
 * and close it, which costs more than a short message does, and there is no public way to use one again. So a few
 * streams are kept, and the handle inside of them is called (decision 0054). That is tried when it is first wanted:
 * where a version of Node.js has it otherwise, each call has a stream of its own.
 */
import type { DeflateRaw, InflateRaw } from 'node:zlib';
import { zlib } from './node-zlib.ts';

export interface Inflated {
  /** The caller's own. */
  readonly bytes: Uint8Array;
  /** How much of the wire was read: less than all of it behind a block that was marked as the last. */
  readonly taken: number;
}

export interface DeflateCall {
  /** 9 to 15. */
  readonly windowBits: number;
  readonly level: number;
  readonly memLevel: number;
}

/** Deflating streams are kept for so many settings, each with at most 0.4 MiB. */
const keptDeflaters = 4;
/** How far before the end of its window zlib stops looking back. */
const lookAhead = 262;

let handlesWork: boolean | undefined;
let inflater: KeptStream | undefined;
const deflaters = new Map<string, KeptStream>();

/**
 * Inflates `wire`, which has to end with a block that is marked as the last. Undefined when it is not DEFLATE.
 *
 * @param most how much may come out, in bytes
 * @param dictionary what it may refer to
 */
export function inflateAtOnce(
  wire: Uint8Array,
  most: number,
  dictionary?: Uint8Array,
): Inflated | 'too large' | undefined {
  if (dictionary !== undefined || !canKeep()) return inflateOnce(wire, most, dictionary);
  inflater ??= KeptStream.of(zlib().createInflateRaw());
  const bytes = inflater?.run(wire, zlib().constants.Z_FINISH, most);
  if (bytes === undefined) inflater = undefined;
  if (bytes === undefined || bytes === 'too large') return bytes;
  return { bytes, taken: inflater?.taken ?? 0 };
}

/** Deflates `piece` and ends with an empty stored block. What it gives is the caller's until anything is inflated or deflated. */
export function deflateAtOnce(
  piece: Uint8Array,
  call: DeflateCall,
  dictionary?: Uint8Array,
): Uint8Array {
  const flush = zlib().constants.Z_SYNC_FLUSH;
  const deflater = dictionary === undefined && canKeep() ? deflaterFor(call) : undefined;
  const deflated = deflater?.lend(piece, flush, Number.POSITIVE_INFINITY);
  if (typeof deflated === 'object') return deflated;
  const { level, memLevel } = call;
  const bytes = zlib().deflateRawSync(piece, {
    finishFlush: flush,
    level,
    memLevel,
    windowBits: windowFor(piece.length + (dictionary?.length ?? 0), call.windowBits),
    chunkSize: chunkFor(piece.length),
    ...(dictionary === undefined ? undefined : { dictionary }),
  });
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

function inflateOnce(
  wire: Uint8Array,
  most: number,
  dictionary: Uint8Array | undefined,
): Inflated | 'too large' | undefined {
  try {
    const { buffer, engine } = zlib().inflateRawSync(wire, {
      info: true,
      maxOutputLength: Math.max(1, most),
      chunkSize: chunkFor(4 * wire.length),
      ...(dictionary === undefined ? undefined : { dictionary }),
    }) as unknown as InflatedWithInfo;
    return { bytes: new Uint8Array(buffer), taken: engine.bytesWritten };
  } catch (error) {
    return (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE' ? 'too large' : undefined;
  }
}

interface InflatedWithInfo {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/** The least window that holds `length` bytes, up to `most`: zlib clears two of its size for a new stream. */
function windowFor(length: number, most: number): number {
  const bits = 32 - Math.clz32(length + lookAhead - 1);
  return Math.min(most, Math.max(9, bits));
}

function deflaterFor(call: DeflateCall): KeptStream | undefined {
  const { windowBits, level, memLevel } = call;
  const key = `${windowBits} ${level} ${memLevel}`;
  const kept = deflaters.get(key);
  if (kept !== undefined) return kept;
  const made = KeptStream.of(zlib().createDeflateRaw({ windowBits, level, memLevel }));
  if (made === undefined) return undefined;
  for (const [oldest, stream] of deflaters) {
    if (deflaters.size < keptDeflaters) break;
    deflaters.delete(oldest);
    stream.close();
  }
  deflaters.set(key, made);
  return made;
}

/** Memory for what probably comes out: zlib gets it in pieces of that size. */
function chunkFor(length: number): number {
  return Math.min(16_384, length + 64);
}

// ---- streams that are kept

/** The part of the handle inside a stream of zlib that is used here. */
interface ZlibHandle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void;
  reset(): void;
  onerror: () => void;
}

interface WithHandle {
  readonly _handle?: Partial<ZlibHandle> | null;
  /** What is left of the output and of the input behind a write. */
  readonly _writeState?: unknown;
}

/** What streams write to; what they wrote is copied from there. */
let room: Uint8Array | undefined;
const roomBytes = 16 * 1024;

class KeptStream {
  readonly #stream: DeflateRaw | InflateRaw;
  readonly #handle: ZlibHandle;
  readonly #left: Uint32Array;
  #failed = false;
  /** How much of the last input was read, in bytes. */
  taken = 0;

  constructor(stream: DeflateRaw | InflateRaw, handle: ZlibHandle, left: Uint32Array) {
    this.#stream = stream;
    this.#handle = handle;
    this.#left = left;
    handle.onerror = () => {
      this.#failed = true;
    };
  }

  /** Undefined when the stream is not made as expected. */
  static of(stream: DeflateRaw | InflateRaw): KeptStream | undefined {
    const { _handle: handle, _writeState: left } = stream as WithHandle;
    const known =
      typeof handle?.writeSync === 'function' &&
      typeof handle.reset === 'function' &&
      left instanceof Uint32Array;
    return known ? new KeptStream(stream, handle as ZlibHandle, left) : undefined;
  }

  /** What becomes of `input`: the caller's own. Undefined for bad input: the stream is closed then. */
  run(input: Uint8Array, flush: number, most: number): Uint8Array | 'too large' | undefined {
    const output = this.lend(input, flush, most);
    return typeof output === 'object' && output.buffer === room?.buffer ? output.slice() : output;
  }

  /** As {@link run}, and the memory is the caller's until any stream is asked again. */
  lend(input: Uint8Array, flush: number, most: number): Uint8Array | 'too large' | undefined {
    room ??= new Uint8Array(roomBytes);
    const full: Uint8Array[] = [];
    for (this.taken = 0; ; ) {
      const left = input.length - this.taken;
      this.#handle.writeSync(flush, input, this.taken, left, room, 0, roomBytes);
      if (this.#failed) {
        this.close();
        return undefined;
      }
      this.taken = input.length - (this.#left[1] as number);
      const got = roomBytes - (this.#left[0] as number);
      const before = full.length * roomBytes;
      if (got === roomBytes && before + got <= most) full.push(room.slice());
      else {
        this.#handle.reset();
        if (before + got > most) return 'too large';
        const last = room.subarray(0, got);
        return full.length === 0 ? last : joined(full, last);
      }
    }
  }

  close(): void {
    this.#stream.close();
  }
}

/** Whether streams can be kept: a message there and back, twice, and one that is none. */
function canKeep(): boolean {
  handlesWork ??= tryHandles();
  return handlesWork;
}

function tryHandles(): boolean {
  const { createDeflateRaw, createInflateRaw, constants } = zlib();
  const streams = [createDeflateRaw({ level: 1 }), createInflateRaw()] as const;
  try {
    const [deflating, inflating] = streams.map((stream) => KeptStream.of(stream));
    if (deflating === undefined || inflating === undefined) return false;
    const message = Uint8Array.from({ length: 1000 }, (_, at) => at % 250);
    for (let times = 0; times < 2; times++) {
      const wire = deflating.run(message, constants.Z_FINISH, message.length);
      if (typeof wire !== 'object' || wire.length >= message.length) return false;
      const back = inflating.run(wire, constants.Z_FINISH, message.length);
      if (typeof back !== 'object' || inflating.taken !== wire.length) return false;
      if (back.length !== message.length || back.some((byte, at) => byte !== message[at]))
        return false;
    }
    return inflating.run(message.fill(0xff), constants.Z_FINISH, message.length) === undefined;
  } catch {
    return false;
  } finally {
    for (const stream of streams) stream.close();
  }
}

/** A copy of all of it. */
function joined(full: readonly Uint8Array[], last: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(full.length * roomBytes + last.length);
  for (const [index, piece] of full.entries()) bytes.set(piece, index * roomBytes);
  bytes.set(last, full.length * roomBytes);
  return bytes;
}
