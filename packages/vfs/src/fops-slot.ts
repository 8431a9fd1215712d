import {
  type CodedError,
  type FileOps,
  type FopsEntry,
  type FopsFile,
  type FopsFlags,
  LwsError,
} from '@lws-ts/interface';
import { vfsErrors } from './errors.ts';

/** What a context opens files with: the file operations in it can be exchanged while the context runs. */
export class FopsSlot implements FileOps {
  readonly name: string = 'context';
  readonly signatures: readonly string[] = [];
  current: FileOps;

  constructor(current: FileOps) {
    this.current = current;
  }

  get next(): FileOps {
    return this.current;
  }

  open(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    done: (file: FopsFile | CodedError) => void,
  ): void {
    this.current.open(path, virtualPath, flags, done);
  }

  checkRoot(path: string): CodedError | undefined {
    return this.current.checkRoot?.(path);
  }

  list(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    most: number,
  ): readonly FopsEntry[] | CodedError {
    return this.current.list?.(path, virtualPath, flags, most) ?? vfsErrors.LWS_ERR_VFS_NOT_FOUND;
  }

  close(file: FopsFile): void {
    this.current.close(file);
  }

  seekCur(file: FopsFile, offset: number): number {
    return this.current.seekCur(file, offset);
  }

  read(
    file: FopsFile,
    into: Uint8Array,
    done: (got: number | CodedError) => void,
  ): number | CodedError | undefined {
    return this.current.read(file, into, done);
  }

  write(
    file: FopsFile,
    from: Uint8Array,
    done: (put: number | CodedError) => void,
  ): number | CodedError | undefined {
    return this.current.write(file, from, done);
  }
}

/** A context that has the module `vfs()`. */
export interface WithFops {
  readonly options: Readonly<Record<string, unknown>>;
}

/** The file operations of a context. @throws `LWS_ERR_VFS_FOPS` without `vfs()` in `use`. lws: lws_get_fops */
export function getFops(context: WithFops): FileOps {
  return slotOf(context).current;
}

/**
 * Gives a context other file operations; files that are open stay with theirs.
 *
 * @throws `LWS_ERR_VFS_FOPS` without `vfs()` in `use`. lws: lws_set_fops
 */
export function setFops(context: WithFops, fops: FileOps): void {
  slotOf(context).current = fops;
}

function slotOf(context: WithFops): FopsSlot {
  const slot = context.options['fops'];
  if (slot instanceof FopsSlot) return slot;
  throw new LwsError(vfsErrors.LWS_ERR_VFS_FOPS, 'the context has no vfs() in use');
}
