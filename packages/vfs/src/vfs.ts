import { type FileOps, LwsError, type LwsModule } from '@lws-ts/interface';
import { DiskFops } from './disk-fops.ts';
import { vfsErrors } from './errors.ts';
import { FopsSlot } from './fops-slot.ts';
import { ZipFops } from './zip/zip-fops.ts';

/** What the module adds to the options of a context. */
export interface VfsContextOptions {
  /**
   * The file operations that mounts open files with; the first of a chain by `next`.
   *
   * @defaultValue a `ZipFops` over a `DiskFops`
   * @throws `LWS_ERR_VFS_FOPS`
   * lws: info.fops, lws_set_fops
   */
  readonly fops?: FileOps;
}

const LONGEST_CHAIN = 16;
const OPERATIONS = ['open', 'close', 'seekCur', 'read', 'write'] as const;

/** The module that gives a context its file operations, in the option `fops`. */
export function vfs(): LwsModule<VfsContextOptions> {
  return {
    name: '@lws-ts/vfs',
    needs: [],
    // Made anew for each context, which may exchange what is in it.
    get contextOptions() {
      const fallback = new FopsSlot(new ZipFops(new DiskFops()));
      return { fops: { kind: 'custom', fallback, check: checkChain } } as const;
    },
    vhostOptions: {},
    install: () => ({}),
  };
}

function checkChain(value: unknown, name: string): unknown {
  let link = value;
  for (let at = 0; link !== undefined; at++) {
    if (at === LONGEST_CHAIN)
      throw new LwsError(
        vfsErrors.LWS_ERR_VFS_FOPS,
        `${name} has more than ${LONGEST_CHAIN} links`,
      );
    if (!isFileOps(link))
      throw new LwsError(vfsErrors.LWS_ERR_VFS_FOPS, `link ${at} of ${name} is no FileOps`);
    link = link.next;
  }
  return new FopsSlot(value as FileOps);
}

function isFileOps(value: unknown): value is FileOps {
  if (typeof value !== 'object' || value === null) return false;
  const fops = value as Partial<Record<keyof FileOps, unknown>>;
  return (
    OPERATIONS.every((operation) => typeof fops[operation] === 'function') &&
    typeof fops.name === 'string' &&
    Array.isArray(fops.signatures)
  );
}
