import type { InflateRaw } from 'node:zlib';
import type { CodedError, FopsFile } from '@lws-ts/interface';
import { vfsErrors } from '../errors.ts';
import { zlib } from '../node-zlib.ts';
import { readFully } from '../read-fully.ts';

const INPUT_BYTES = 64 * 1024;
/** Each piece costs turns of a stream: of 64 KiB they cost a fifth of the whole. */
const OUTPUT_BYTES = 128 * 1024;

/** The next piece, undefined at a right end, or what went wrong. */
export type Inflated = (piece: Uint8Array | undefined | CodedError) => void;

/**
 * Deflated bytes of an archive, unpacked piece by piece as they are asked for: one piece of input is in hand,
 * and zlib stops when nobody takes its output.
 */
export class Inflater {
  readonly #archive: FopsFile;
  readonly #end: number;
  readonly #bytes: number;
  readonly #engine: InflateRaw;
  readonly #input: Uint8Array;
  #at: number;
  #feeding: boolean;
  #waiting: Inflated | undefined;
  #result: CodedError | 'ended' | undefined;

  /** @param bytes how many there are from `start` on; all of them belong to the stream */
  constructor(archive: FopsFile, start: number, bytes: number) {
    this.#archive = archive;
    this.#at = start;
    this.#end = start + bytes;
    this.#bytes = bytes;
    this.#engine = zlib().createInflateRaw({ chunkSize: OUTPUT_BYTES });
    this.#input = new Uint8Array(Math.min(INPUT_BYTES, Math.max(bytes, 1)));
    this.#feeding = false;
    this.#waiting = undefined;
    this.#result = undefined;
    this.#engine.on('readable', () => this.#give());
    this.#engine.on('end', () => {
      const whole = this.#engine.bytesWritten === this.#bytes;
      this.#settle(whole ? 'ended' : vfsErrors.LWS_ERR_VFS_ZIP_ENTRY);
    });
    this.#engine.on('error', () => this.#settle(vfsErrors.LWS_ERR_VFS_ZIP_ENTRY));
  }

  /** `done` once; one call at a time. */
  next(done: Inflated): void {
    this.#waiting = done;
    this.#give();
    if (this.#waiting !== undefined) this.#feed();
  }

  /** The next call of `done`, if one is waited for, does not come. */
  destroy(): void {
    this.#waiting = undefined;
    this.#result = vfsErrors.LWS_ERR_VFS_CLOSED;
    this.#engine.destroy();
  }

  #give(): void {
    const done = this.#waiting;
    if (done === undefined) return;
    const piece = this.#engine.read() as Uint8Array | null;
    if (piece === null && this.#result === undefined) return;
    this.#waiting = undefined;
    if (piece !== null) done(piece);
    else done(this.#result === 'ended' ? undefined : (this.#result as CodedError));
  }

  #settle(result: CodedError | 'ended'): void {
    this.#result ??= result;
    this.#give();
  }

  #feed(): void {
    if (this.#feeding || this.#result !== undefined || this.#engine.writableEnded) return;
    const left = this.#end - this.#at;
    if (left === 0) {
      this.#engine.end();
      return;
    }
    this.#feeding = true;
    const into = this.#input.subarray(0, Math.min(left, this.#input.length));
    readFully(this.#archive, this.#at, into, (got) => {
      if (typeof got !== 'number' || got < into.length) {
        this.#settle(typeof got === 'number' ? vfsErrors.LWS_ERR_VFS_ZIP_CHANGED : got);
        return;
      }
      if (this.#result !== undefined) return;
      this.#at += got;
      this.#engine.write(into, () => {
        this.#feeding = false;
        this.#feed();
      });
    });
  }
}
