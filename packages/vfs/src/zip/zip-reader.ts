import type { CodedError, FopsFile } from '@lws-ts/interface';
import type { RandomAccessReader } from 'yauzl';
import { yauzl } from '../late-yauzl.ts';
import { readFully } from '../read-fully.ts';

/** Read at once; a directory record is about a hundred bytes. */
const WINDOW_BYTES = 64 * 1024;

type ReadDone = (error: Error | null, got?: number) => void;
/** Abstract to TypeScript: yauzl asks for an own `read`, which an object may have as well as a subclass. */
type Source = new () => RandomAccessReader;

/**
 * What yauzl reads an archive by: an open file behind a window, so that an entry costs no read of its own.
 * Answers at once where the file does.
 */
export class ZipReader {
  /** What yauzl is given. */
  readonly source: RandomAccessReader;
  /** Bytes before the archive proper, such as a program that unpacks it. */
  prefix: number;
  /** Why the file could not be read, when that is what yauzl failed of. */
  failure: CodedError | undefined;
  readonly #file: FopsFile;
  readonly #length: number;
  #window: Uint8Array;
  #windowAt: number;

  constructor(file: FopsFile) {
    this.source = new (yauzl().RandomAccessReader as unknown as Source)();
    this.source.read = this.#read.bind(this);
    this.prefix = 0;
    this.failure = undefined;
    this.#file = file;
    this.#length = file.length;
    this.#window = new Uint8Array(0);
    this.#windowAt = 0;
  }

  /** The size that yauzl is to be told. */
  get size(): number {
    return this.#length - this.prefix;
  }

  #read(buffer: Buffer, offset: number, length: number, position: number, done: ReadDone): void {
    const at = position + this.prefix - this.#windowAt;
    if (at >= 0 && at + length <= this.#window.length) {
      copy(this.#window, at, buffer, offset, length);
      done(null, length);
      return;
    }
    this.bytes(position, length, (bytes) => {
      if (bytes === undefined) {
        done(new Error('unreadable'));
        return;
      }
      buffer.set(bytes, offset);
      done(null, bytes.length);
    });
  }

  /** Bytes of the archive, fewer only at its end; valid until the next call. Undefined when unreadable. */
  bytes(position: number, length: number, done: (bytes: Uint8Array | undefined) => void): void {
    const from = position + this.prefix;
    const wanted = Math.min(length, Math.max(this.#length - from, 0));
    if (from >= this.#windowAt && from + wanted <= this.#windowAt + this.#window.length) {
      done(this.#window.subarray(from - this.#windowAt, from - this.#windowAt + wanted));
      return;
    }
    const ahead = Math.min(Math.max(wanted, WINDOW_BYTES), this.#length - from);
    const window = new Uint8Array(ahead);
    readFully(this.#file, from, window, (got) => {
      if (typeof got !== 'number') {
        this.failure = got;
        done(undefined);
        return;
      }
      this.#window = window.subarray(0, got);
      this.#windowAt = from;
      done(this.#window.subarray(0, Math.min(wanted, got)));
    });
  }
}

/** A record is too short for a view of it to pay. */
function copy(from: Uint8Array, at: number, into: Uint8Array, offset: number, bytes: number): void {
  for (let byte = 0; byte < bytes; byte++) into[offset + byte] = from[at + byte] as number;
}
