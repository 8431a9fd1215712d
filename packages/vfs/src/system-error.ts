import { type CodedError, LwsError } from '@lws-ts/interface';
import { type VfsErrorCode, vfsErrors } from './errors.ts';

const CODES: ReadonlyMap<string, VfsErrorCode> = new Map([
  ['ENOENT', 'LWS_ERR_VFS_NOT_FOUND'],
  ['ENOTDIR', 'LWS_ERR_VFS_NOT_FOUND'],
  ['ENAMETOOLONG', 'LWS_ERR_VFS_NOT_FOUND'],
  ['EINVAL', 'LWS_ERR_VFS_NOT_FOUND'],
  ['ERR_INVALID_ARG_VALUE', 'LWS_ERR_VFS_NOT_FOUND'],
  ['EISDIR', 'LWS_ERR_VFS_IS_DIRECTORY'],
  ['EACCES', 'LWS_ERR_VFS_ACCESS'],
  ['EPERM', 'LWS_ERR_VFS_ACCESS'],
  ['EROFS', 'LWS_ERR_VFS_ACCESS'],
  ['ELOOP', 'LWS_ERR_VFS_ACCESS'],
  ['ENXIO', 'LWS_ERR_VFS_NOT_REGULAR'],
  ['ENODEV', 'LWS_ERR_VFS_NOT_REGULAR'],
  ['EMFILE', 'LWS_ERR_VFS_NO_DESCRIPTORS'],
  ['ENFILE', 'LWS_ERR_VFS_NO_DESCRIPTORS'],
  ['ENOSPC', 'LWS_ERR_VFS_NO_SPACE'],
  ['EDQUOT', 'LWS_ERR_VFS_NO_SPACE'],
] as const);

/** What a failed system call means; one that says nothing of the path is `LWS_ERR_VFS_IO` and keeps its cause. */
export function systemError(cause: unknown): CodedError {
  const name = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  const code = CODES.get(name);
  return code === undefined
    ? new LwsError(vfsErrors.LWS_ERR_VFS_IO, name, { cause })
    : vfsErrors[code];
}
