import {
  type CodedError,
  dropPromise,
  type FileOps,
  type FopsFile,
  LwsError,
} from '@lws-ts/interface';
import { assertBytes } from './assert-bytes.ts';
import { vfsErrors } from './errors.ts';

/** Called once with the bytes transferred, or with what went wrong. */
export type Transferred = (bytes: number | CodedError) => void;

/** Called once with the open file, or with why there is none. */
export type Opened = (file: FopsFile | CodedError) => void;

/** What a file that lies on no disk is described by. */
export interface VirtualFileFacts {
  readonly length: number;
  readonly gzip: boolean;
  readonly modTime: number | undefined;
  readonly contentTag: string | undefined;
}

/**
 * A file that the platform does not know: position, one operation at a time, and an end that waits for the
 * operation under way. A subclass says where the bytes are.
 */
export abstract class VirtualFile implements FopsFile {
  readonly fops: FileOps;
  readonly gzip: boolean;
  readonly virtual: boolean = true;
  readonly modTime: number | undefined;
  readonly contentTag: string | undefined;
  position: number;
  #length: number;
  #busy: boolean;
  #closing: boolean;

  constructor(fops: FileOps, facts: VirtualFileFacts) {
    this.fops = fops;
    this.gzip = facts.gzip;
    this.modTime = facts.modTime;
    this.contentTag = facts.contentTag;
    this.position = 0;
    this.#length = facts.length;
    this.#busy = false;
    this.#closing = false;
  }

  get length(): number {
    return this.#length;
  }

  /** What {@link release} gives, where nothing is under way. */
  close(): void | PromiseLike<void> {
    if (this.#closing) return;
    this.#closing = true;
    if (!this.#busy) return this.release();
  }

  seekCur(offset: number): number {
    const target = this.position + offset;
    if (!Number.isSafeInteger(target))
      throw new LwsError(vfsErrors.LWS_ERR_VFS_SEEK, `${offset} from ${this.position}`);
    this.position = Math.min(Math.max(target, 0), this.length);
    return this.position;
  }

  read(into: Uint8Array, done: Transferred): number | CodedError | undefined {
    assertBytes(into, 'into');
    const left = this.length - this.position;
    return this.#transfer(into.length > left ? into.subarray(0, Math.max(left, 0)) : into, done, 0);
  }

  write(from: Uint8Array, done: Transferred): number | CodedError | undefined {
    assertBytes(from, 'from');
    return this.#transfer(from, done, 1);
  }

  /** Fills the begin of `into` from `position` on; `into` is not empty and ends within the file. */
  protected abstract fill(into: Uint8Array, done: Transferred): void;

  /** Puts `from` at `position`; files that are only read refuse. */
  protected put(_from: Uint8Array, done: Transferred): void {
    done(vfsErrors.LWS_ERR_VFS_READ_ONLY);
  }

  /** Lets go of what the file holds. Called once, never during an operation. */
  protected abstract release(): void | PromiseLike<void>;

  #transfer(bytes: Uint8Array, done: Transferred, writing: 0 | 1): number | CodedError | undefined {
    if (this.#closing) return vfsErrors.LWS_ERR_VFS_CLOSED;
    if (this.#busy) return vfsErrors.LWS_ERR_VFS_BUSY;
    if (bytes.length === 0 && writing === 0) return 0;
    let now: number | CodedError | undefined;
    let returned = false;
    const settle = (result: number | CodedError): void => {
      this.#busy = false;
      let told = result;
      if (this.#closing) {
        dropPromise(this.release());
        told = vfsErrors.LWS_ERR_VFS_CLOSED;
      } else if (typeof result === 'number') this.position += result;
      if (returned) done(told);
      else now = told;
    };
    this.#busy = true;
    if (writing === 1) this.put(bytes, settle);
    else this.fill(bytes, settle);
    returned = true;
    return now;
  }
}

/** Any file operations whose files are {@link VirtualFile}s. @throws `LWS_ERR_VFS_FOREIGN_FILE` */
export function ownVirtual(file: FopsFile, fops: FileOps): VirtualFile {
  if (file instanceof VirtualFile && file.fops === fops) return file;
  throw new LwsError(vfsErrors.LWS_ERR_VFS_FOREIGN_FILE, `given to ${fops.name}`);
}
