import { type FileOps, LwsError } from '@lws-ts/interface';
import { vfsErrors } from './errors.ts';

const LONGEST = 16;
const OPERATIONS = ['open', 'close', 'seekCur', 'read', 'write'] as const;

/** The links of a chain of file operations, the first one first. @throws `LWS_ERR_VFS_FOPS` when it is none */
export function fopsChain(first: unknown, name: string): readonly FileOps[] {
  const links: FileOps[] = [];
  let link = first;
  do {
    if (links.length === LONGEST)
      throw new LwsError(vfsErrors.LWS_ERR_VFS_FOPS, `${name} has more than ${LONGEST} links`);
    if (!isFileOps(link))
      throw new LwsError(
        vfsErrors.LWS_ERR_VFS_FOPS,
        `link ${links.length} of ${name} is no FileOps`,
      );
    links.push(link);
    link = link.next;
  } while (link !== undefined);
  return links;
}

/** Whether it can be a link. */
export function isFileOps(value: unknown): value is FileOps {
  if (typeof value !== 'object' || value === null) return false;
  const fops = value as Partial<Record<keyof FileOps, unknown>>;
  return (
    OPERATIONS.every((operation) => typeof fops[operation] === 'function') &&
    typeof fops.name === 'string' &&
    Array.isArray(fops.signatures)
  );
}
