/** What is known of an open file, and where it stands: the helpers that work with every {@link FopsFile}. */
import type { FopsFile } from '@lws-ts/interface';

/** Where the next read or write begins, in bytes from the file's begin. lws: lws_vfs_tell */
export function vfsTell(file: FopsFile): number {
  return file.position;
}

/** The file's length in bytes, as it was when it was opened. lws: lws_vfs_get_length */
export function vfsGetLength(file: FopsFile): number {
  return file.length;
}

/** When the file was changed last, in ms since 1970; undefined when nobody knows. lws: lws_vfs_get_mod_time */
export function vfsGetModTime(file: FopsFile): number | undefined {
  return file.modTime;
}

/** Positions the file `offset` bytes from its begin, within the file; gives the new position. lws: lws_vfs_file_seek_set */
export function vfsFileSeekSet(file: FopsFile, offset: number): number {
  return file.fops.seekCur(file, offset - file.position);
}

/**
 * Positions the file `offset` bytes from its end, within the file: 0 is the end, -1 the last byte.
 * Gives the new position. lws: lws_vfs_file_seek_end
 */
export function vfsFileSeekEnd(file: FopsFile, offset: number): number {
  return file.fops.seekCur(file, file.length + offset - file.position);
}
