import { expect, test } from 'vitest';
import { systemError } from '../src/system-error.ts';

test.each([
  ['ENOENT', 'LWS_ERR_VFS_NOT_FOUND', 404],
  ['ENOTDIR', 'LWS_ERR_VFS_NOT_FOUND', 404],
  ['ENAMETOOLONG', 'LWS_ERR_VFS_NOT_FOUND', 404],
  ['EINVAL', 'LWS_ERR_VFS_NOT_FOUND', 404],
  ['ERR_INVALID_ARG_VALUE', 'LWS_ERR_VFS_NOT_FOUND', 404],
  ['EISDIR', 'LWS_ERR_VFS_IS_DIRECTORY', 404],
  ['EACCES', 'LWS_ERR_VFS_ACCESS', 403],
  ['EPERM', 'LWS_ERR_VFS_ACCESS', 403],
  ['ELOOP', 'LWS_ERR_VFS_ACCESS', 403],
  ['EROFS', 'LWS_ERR_VFS_ACCESS', 403],
  ['ENXIO', 'LWS_ERR_VFS_NOT_REGULAR', 403],
  ['EMFILE', 'LWS_ERR_VFS_NO_DESCRIPTORS', 503],
  ['ENFILE', 'LWS_ERR_VFS_NO_DESCRIPTORS', 503],
  ['ENOSPC', 'LWS_ERR_VFS_NO_SPACE', 507],
  ['EIO', 'LWS_ERR_VFS_IO', 500],
  ['ESTALE', 'LWS_ERR_VFS_IO', 500],
])('%s is %s, %i', (name, code, status) => {
  const cause = Object.assign(new Error(name), { code: name });
  expect(systemError(cause)).toMatchObject({ code, status });
});

test('what nobody foresaw keeps its cause', () => {
  const cause = Object.assign(new Error('bad disk'), { code: 'EIO' });
  expect(systemError(cause)).toMatchObject({ cause, message: 'the file system failed: EIO' });
  expect(systemError('thrown')).toMatchObject({ code: 'LWS_ERR_VFS_IO' });
});
