import type { FopsFile } from '@lws-ts/interface';

/** Positions the file `offset` bytes from its begin, within the file; gives the new position. lws: lws_vfs_file_seek_set */
export function seekSet(file: FopsFile, offset: number): number {
  return file.fops.seekCur(file, offset - file.position);
}

/**
 * Positions the file `offset` bytes from its end, within the file: 0 is the end, -1 the last byte.
 * Gives the new position. lws: lws_vfs_file_seek_end
 */
export function seekEnd(file: FopsFile, offset: number): number {
  return file.fops.seekCur(file, file.length + offset - file.position);
}
