import { type FileOps, LwsError, type LwsModule } from '@lws-ts/interface';
import { DiskFops } from './disk-fops.ts';
import { vfsErrors } from './errors.ts';

/** What the module adds to the options of a context. */
export interface VfsContextOptions {
  /**
   * The file operations that mounts open files with; the first of a chain by `next`.
   *
   * @defaultValue a `DiskFops`
   * @throws `LWS_ERR_VFS_FOPS`, `LWS_ERR_VFS_SIGNATURES`
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
    contextOptions: { fops: { kind: 'custom', fallback: new DiskFops(), check: checkChain } },
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
    if (link.signatures.length > 0)
      throw new LwsError(
        vfsErrors.LWS_ERR_VFS_SIGNATURES,
        `${link.name} in ${name} has ${link.signatures.join(' ')}`,
      );
    link = link.next;
  }
  return value;
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
