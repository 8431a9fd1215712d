import {
  type Clock,
  type FileOps,
  type FopsFile,
  type FopsFlags,
  LwsError,
} from '@lws-ts/interface';
import { vfsErrors } from './errors.ts';
import { FopsBase } from './fops-base.ts';
import { fopsChain } from './fops-chain.ts';
import type { Opened } from './virtual-file.ts';
import { ArchiveLog } from './zip/archive-log.ts';
import { ZipFops } from './zip/zip-fops.ts';

/** What a context opens files with: the file operations in it can be exchanged while the context runs. */
export class FopsSlot extends FopsBase {
  declare next: FileOps;
  #log: ArchiveLog | undefined;

  constructor(next: FileOps) {
    super('context', next);
    this.#log = undefined;
  }

  /** Gives those that are in it, and those that will be, a log for archives. */
  logTo(clock: Clock, write: (line: string) => void): void {
    this.#log = new ArchiveLog(clock, write);
    this.exchange(this.next);
  }

  /** The context is over. */
  logNoMore(): void {
    this.#leave();
    this.#log = undefined;
  }

  /** @throws `LWS_ERR_VFS_FOPS` when it is no chain of file operations */
  exchange(next: FileOps): void {
    const chain = fopsChain(next, 'fops');
    this.#leave();
    this.next = next;
    if (this.#log === undefined) return;
    for (const link of chain) if (link instanceof ZipFops) link.logTo(this.#log);
  }

  #leave(): void {
    if (this.#log === undefined) return;
    for (const link of fopsChain(this.next, 'fops'))
      if (link instanceof ZipFops) link.logNoMore(this.#log);
  }

  /** No layer of its own: a file stays with the operations that opened it, whatever comes in their place. */
  override open(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    done: Opened,
  ): void | PromiseLike<void> {
    return this.next.open(path, virtualPath, flags, done);
  }

  protected override below(file: FopsFile): FopsFile {
    return file;
  }
}

/** A context that has the module `vfs()`. */
export interface WithFops {
  readonly options: Readonly<Record<string, unknown>>;
}

/** The file operations of a context. @throws `LWS_ERR_VFS_FOPS` without `vfs()` in `use`. lws: lws_get_fops */
export function getFops(context: WithFops): FileOps {
  return slotOf(context).next;
}

/**
 * Gives a context other file operations; files that are open stay with theirs.
 *
 * @throws `LWS_ERR_VFS_FOPS` without `vfs()` in `use`, or for what is no chain. lws: lws_set_fops
 */
export function setFops(context: WithFops, fops: FileOps): void {
  slotOf(context).exchange(fops);
}

/**
 * Opens a file with the file operations of a context. The path is the program's own and is trusted; what a peer
 * asked for goes to `getFops(context).open(root, asked, flags, done)`, which keeps it in its root.
 *
 * @param flags those that are left out are false
 * @throws `LWS_ERR_VFS_FOPS` without `vfs()` in `use`. lws: lws_vfs_file_open
 */
export function vfsFileOpen(
  context: WithFops,
  path: string,
  flags: Partial<FopsFlags>,
  done: Opened,
): void | PromiseLike<void> {
  return getFops(context).open(path, '', { write: false, acceptGzip: false, ...flags }, done);
}

function slotOf(context: WithFops): FopsSlot {
  const slot = context.options['fops'];
  if (slot instanceof FopsSlot) return slot;
  throw new LwsError(vfsErrors.LWS_ERR_VFS_FOPS, 'the context has no vfs() in use');
}
