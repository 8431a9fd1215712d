import { closeSync, read, readSync, type Stats, write, writeSync } from 'node:fs';
import { type CodedError, type FileOps, type FopsFile, LwsError } from '@lws-ts/interface';
import { assertBytes } from './assert-bytes.ts';
import { vfsErrors } from './errors.ts';
import { systemError } from './system-error.ts';

type Transferred = (bytes: number | CodedError) => void;

const CLOSED = -1;

/** One open descriptor. It is closed once, and never while the thread pool still reads or writes by it. */
export class DiskFile implements FopsFile {
  readonly fops: FileOps;
  readonly length: number;
  readonly gzip: boolean = false;
  readonly virtual: boolean = false;
  readonly modTime: number | undefined;
  readonly changeTime: number | undefined;
  position: number;
  #fd: number;
  #writable: boolean;
  #syncBytes: number;
  #busy: boolean;
  #closing: boolean;

  constructor(fops: FileOps, fd: number, stat: Stats, writable: boolean, syncBytes: number) {
    this.fops = fops;
    this.length = stat.size;
    this.modTime = stat.mtimeMs;
    this.changeTime = stat.ctimeMs;
    this.position = 0;
    this.#fd = fd;
    this.#writable = writable;
    this.#syncBytes = syncBytes;
    this.#busy = false;
    this.#closing = false;
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (!this.#busy) this.#release();
  }

  seekCur(offset: number): number {
    const target = this.position + offset;
    if (!Number.isSafeInteger(target))
      throw new LwsError(vfsErrors.LWS_ERR_VFS_SEEK, `${offset} from ${this.position}`);
    this.position = Math.min(Math.max(target, 0), this.length);
    return this.position;
  }

  read(into: Uint8Array, done: Transferred): number | CodedError | undefined {
    const refusal = this.#refusal();
    if (refusal !== undefined) return refusal;
    assertBytes(into, 'into');
    if (into.length <= this.#syncBytes)
      try {
        return this.#advance(readSync(this.#fd, into, 0, into.length, this.position));
      } catch (cause) {
        return systemError(cause);
      }
    this.#busy = true;
    read(this.#fd, into, 0, into.length, this.position, (cause, got) =>
      this.#settle(cause, got, done),
    );
    return undefined;
  }

  write(from: Uint8Array, done: Transferred): number | CodedError | undefined {
    const refusal = this.#refusal();
    if (refusal !== undefined) return refusal;
    if (!this.#writable) return vfsErrors.LWS_ERR_VFS_READ_ONLY;
    assertBytes(from, 'from');
    if (from.length <= this.#syncBytes)
      try {
        return this.#advance(writeSync(this.#fd, from, 0, from.length, this.position));
      } catch (cause) {
        return systemError(cause);
      }
    this.#busy = true;
    write(this.#fd, from, 0, from.length, this.position, (cause, put) =>
      this.#settle(cause, put, done),
    );
    return undefined;
  }

  #refusal(): CodedError | undefined {
    if (this.#closing) return vfsErrors.LWS_ERR_VFS_CLOSED;
    return this.#busy ? vfsErrors.LWS_ERR_VFS_BUSY : undefined;
  }

  #advance(bytes: number): number {
    this.position += bytes;
    return bytes;
  }

  #settle(cause: Error | null, bytes: number, done: Transferred): void {
    this.#busy = false;
    if (this.#closing) {
      this.#release();
      done(vfsErrors.LWS_ERR_VFS_CLOSED);
    } else done(cause === null ? this.#advance(bytes) : systemError(cause));
  }

  #release(): void {
    const fd = this.#fd;
    this.#fd = CLOSED;
    try {
      closeSync(fd);
    } catch {
      // EIO of a late write-back: the descriptor is gone all the same, and nobody is left to tell.
    }
  }
}
