import { type ErrorTable, errorTable } from '@lws-ts/interface';

/** Codes of `@lws-ts/vfs`. */
export type VfsErrorCode =
  | 'LWS_ERR_VFS_ACCESS'
  | 'LWS_ERR_VFS_BUSY'
  | 'LWS_ERR_VFS_CLOSED'
  | 'LWS_ERR_VFS_FOPS'
  | 'LWS_ERR_VFS_FOREIGN_FILE'
  | 'LWS_ERR_VFS_IO'
  | 'LWS_ERR_VFS_IS_DIRECTORY'
  | 'LWS_ERR_VFS_NO_DESCRIPTORS'
  | 'LWS_ERR_VFS_NO_SPACE'
  | 'LWS_ERR_VFS_NOT_FOUND'
  | 'LWS_ERR_VFS_NOT_REGULAR'
  | 'LWS_ERR_VFS_OUTSIDE'
  | 'LWS_ERR_VFS_READ_ONLY'
  | 'LWS_ERR_VFS_NAME'
  | 'LWS_ERR_VFS_SEEK'
  | 'LWS_ERR_VFS_ZIP'
  | 'LWS_ERR_VFS_ZIP_CHANGED'
  | 'LWS_ERR_VFS_ZIP_ENTRY'
  | 'LWS_ERR_VFS_ZIP_TOO_LARGE';

/** What file operations refuse or fail with; `status` is what an HTTP answer says for it. */
export const vfsErrors: ErrorTable<VfsErrorCode> = errorTable({
  LWS_ERR_VFS_ACCESS: {
    message: 'the file may not be opened',
    hint: 'Check the permissions of the file and of the directories above it, and for symlink loops.',
    status: 403,
  },
  LWS_ERR_VFS_BUSY: {
    message: 'the file is already being read or written',
    hint: 'Start the next operation on a file when the one before it has called done.',
    status: 500,
  },
  LWS_ERR_VFS_CLOSED: {
    message: 'the file is closed',
    hint: 'Do not use a file after close; open it again.',
    status: 500,
  },
  LWS_ERR_VFS_FOPS: {
    message: 'the fops option is not a chain of file operations',
    hint: 'Give an object that implements FileOps, for example a DiskFops or a subclass of FopsBase.',
  },
  LWS_ERR_VFS_FOREIGN_FILE: {
    message: 'the file was opened by other file operations',
    hint: 'Call the operations of file.fops.',
  },
  LWS_ERR_VFS_IO: {
    message: 'the file system failed',
    hint: 'See the cause; check the disk.',
    status: 500,
  },
  LWS_ERR_VFS_IS_DIRECTORY: {
    message: 'the path is a directory',
    hint: 'Name a file in it.',
    status: 404,
  },
  LWS_ERR_VFS_NO_DESCRIPTORS: {
    message: 'no file descriptor is left',
    hint: 'Raise the limit on open files (ulimit -n), or lower the number of connections.',
    status: 503,
  },
  LWS_ERR_VFS_NO_SPACE: {
    message: 'no space is left for the file',
    hint: 'Free space on the disk, or raise the quota.',
    status: 507,
  },
  LWS_ERR_VFS_NOT_FOUND: {
    message: 'no such file',
    hint: 'Check the path.',
    status: 404,
  },
  LWS_ERR_VFS_NOT_REGULAR: {
    message: 'not a regular file',
    hint: 'Pipes, sockets and devices are not opened; keep them out of served directories.',
    status: 403,
  },
  LWS_ERR_VFS_OUTSIDE: {
    message: 'the file is outside its root',
    hint: 'Move it into the root, or allow links that lead out with follow.',
    status: 403,
  },
  LWS_ERR_VFS_READ_ONLY: {
    message: 'the file was opened for reading only',
    hint: 'Open it with write: true.',
    status: 500,
  },
  LWS_ERR_VFS_SEEK: {
    message: 'a file cannot be positioned there',
    hint: 'Give a whole number of bytes.',
  },
  LWS_ERR_VFS_NAME: {
    message: 'a file cannot be called that',
    hint: 'Give an absolute path that does not end in a slash.',
  },
  LWS_ERR_VFS_ZIP: {
    message: 'the archive cannot be read',
    hint: 'Test it with unzip -t, and recreate it; it may be truncated, or not a zip file at all.',
    status: 500,
  },
  LWS_ERR_VFS_ZIP_CHANGED: {
    message: 'the archive changed while it was being read',
    hint: 'Replace served archives by renaming a new one over them, not by writing into them.',
    status: 500,
  },
  LWS_ERR_VFS_ZIP_ENTRY: {
    message: 'the entry of the archive is not served',
    hint: 'Test the archive with unzip -t, and recreate the entry, stored or deflated.',
    status: 404,
  },
  LWS_ERR_VFS_ZIP_TOO_LARGE: {
    message: 'the archive is larger than this server takes',
    hint: 'Raise maxEntries, maxDirectoryBytes or maxNestedBytes of ZipFops, or split the archive.',
    status: 500,
  },
});
