import { type ErrorTable, errorTable } from '@lws-ts/interface';

/** What mounts refuse or fail with; `status` is what the answer says for it. */
export const mountErrors: ErrorTable<
  | 'LWS_ERR_MOUNT_DOT_FILE'
  | 'LWS_ERR_MOUNT_FOPS'
  | 'LWS_ERR_MOUNT_METHOD'
  | 'LWS_ERR_MOUNT_MIMETYPE'
  | 'LWS_ERR_MOUNT_ORIGIN'
  | 'LWS_ERR_MOUNT_PATH'
  | 'LWS_ERR_MOUNT_SUFFIX'
  | 'LWS_ERR_MOUNT_TRUNCATED'
  | 'LWS_ERR_MOUNT_TWICE'
> = errorTable({
  LWS_ERR_MOUNT_DOT_FILE: {
    message: 'a dot file was asked for',
    hint: 'Set dotFiles on the mount if such files are meant to be served.',
    status: 404,
  },
  LWS_ERR_MOUNT_FOPS: {
    message: 'file mounts have no file operations to open files with',
    hint: 'Install @lws-ts/vfs and add vfs() to use.',
  },
  LWS_ERR_MOUNT_METHOD: {
    message: 'a method that files do not have',
    hint: 'Files are for GET and HEAD; send forms and the like to a path of their own.',
    status: 405,
  },
  LWS_ERR_MOUNT_MIMETYPE: {
    message: 'extraMimetypes cannot be used',
    hint: "Give suffixes with their dot, or '*', and media types: { '.md': 'text/markdown', '*': '' }.",
  },
  LWS_ERR_MOUNT_ORIGIN: {
    message: 'a mount has an origin of a kind that is not served',
    hint: "Give a directory or a file: 'file://./www' below the working directory, 'file:///srv/www' anywhere.",
  },
  LWS_ERR_MOUNT_PATH: {
    message: 'a path that is not normalised came to a mount',
    hint: 'Nothing to do: the request was refused.',
    status: 404,
  },
  LWS_ERR_MOUNT_SUFFIX: {
    message: 'the file has a suffix without a media type',
    hint: "Name its type in extraMimetypes, or allow every suffix with '*'.",
    status: 404,
  },
  LWS_ERR_MOUNT_TRUNCATED: {
    message: 'the file became shorter while it was sent',
    hint: 'Replace served files by renaming a new one over them, not by writing into them.',
    status: 500,
  },
  LWS_ERR_MOUNT_TWICE: {
    message: 'two mounts have the same mountpoint',
    hint: 'Give each mount of a vhost a mountpoint of its own.',
  },
});
