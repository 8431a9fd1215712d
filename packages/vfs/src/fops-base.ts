import {
  type CodedError,
  type FileOps,
  type FopsEntry,
  type FopsFile,
  type FopsFlags,
  LwsError,
} from '@lws-ts/interface';
import { vfsErrors } from './errors.ts';
import { isFileOps } from './fops-chain.ts';
import { LayeredFile } from './layered-file.ts';

/**
 * File operations that pass everything on to `next`: override one, and call `super` for the rest of it.
 * Files it opens have it as their `fops`, so that an overridden `read` or `close` is what gets called.
 *
 * lws: overriding members of struct lws_plat_file_ops
 */
export class FopsBase implements FileOps {
  readonly name: string;
  readonly next: FileOps;
  readonly signatures: readonly string[] = [];

  /** @throws `LWS_ERR_VFS_FOPS` when there is nothing to pass on to */
  constructor(name: string, next: FileOps) {
    if (!isFileOps(next))
      throw new LwsError(vfsErrors.LWS_ERR_VFS_FOPS, `next of ${name} is no FileOps`);
    this.name = name;
    this.next = next;
  }

  open(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    done: (file: FopsFile | CodedError) => void,
  ): void | PromiseLike<void> {
    return this.next.open(path, virtualPath, flags, (opened) => {
      done('fops' in opened ? new LayeredFile(this, opened) : opened);
    });
  }

  checkRoot(path: string): CodedError | undefined {
    return this.next.checkRoot?.(path);
  }

  list(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    most: number,
  ): readonly FopsEntry[] | CodedError {
    return this.next.list?.(path, virtualPath, flags, most) ?? vfsErrors.LWS_ERR_VFS_NOT_FOUND;
  }

  close(file: FopsFile): void | PromiseLike<void> {
    const below = this.below(file);
    return below.fops.close(below);
  }

  seekCur(file: FopsFile, offset: number): number {
    const below = this.below(file);
    return below.fops.seekCur(below, offset);
  }

  read(
    file: FopsFile,
    into: Uint8Array,
    done: (got: number | CodedError) => void,
  ): number | CodedError | undefined {
    const below = this.below(file);
    return below.fops.read(below, into, done);
  }

  write(
    file: FopsFile,
    from: Uint8Array,
    done: (put: number | CodedError) => void,
  ): number | CodedError | undefined {
    const below = this.below(file);
    return below.fops.write(below, from, done);
  }

  /**
   * What `next` opened for `file`.
   *
   * @throws `LWS_ERR_VFS_FOREIGN_FILE` unless these operations opened it
   */
  protected below(file: FopsFile): FopsFile {
    if (file instanceof LayeredFile && file.fops === this) return file.below;
    throw new LwsError(vfsErrors.LWS_ERR_VFS_FOREIGN_FILE, `given to ${this.name}`);
  }
}
