import type { CodedError } from './coded-error.ts';

/** How a file is to be opened. */
export interface FopsFlags {
  readonly write: boolean;
  /**
   * The receiver takes gzip: a file system that holds the bytes gzipped may give them as they are.
   * lws: LWS_FOP_FLAG_COMPR_ACCEPTABLE_GZIP
   */
  readonly acceptGzip: boolean;
  /** Symlinks may lead out of the root; file operations that do not know it stay inside. Default: false */
  readonly follow?: boolean;
}

/**
 * An open file. What operations need of it beside this, they keep in a class of their own that implements it.
 * lws: lws_fop_fd_t, filesystem_priv
 */
export interface FopsFile {
  /** The outermost operations that opened it; call these. */
  readonly fops: FileOps;
  /** In bytes, as it was when the file was opened. lws: lws_vfs_get_length */
  readonly length: number;
  /** The bytes are a gzip stream of the content. lws: LWS_FOP_FLAG_COMPR_IS_GZIP */
  readonly gzip: boolean;
  /** Not reachable by the platform's own file system. lws: LWS_FOP_FLAG_VIRTUAL */
  readonly virtual: boolean;
  /** ms since 1970; undefined when not valid. lws: lws_vfs_get_mod_time, LWS_FOP_FLAG_MOD_TIME_VALID */
  readonly modTime: number | undefined;
  /**
   * When anything of the file changed last, ms since 1970, whatever its time of modification was set to: whoever keeps
   * contents in memory tells by it that one may be another. Default: not known
   */
  readonly changeTime?: number | undefined;
  /**
   * Tells contents of one name apart where length and time could be the same, in characters of an entity tag
   * (RFC 9110 §8.8.3): a checksum, for example. Default: none
   */
  readonly contentTag?: string | undefined;
  /** lws: lws_vfs_tell */
  position: number;
}

/** A name in a directory. */
export interface FopsEntry {
  readonly name: string;
  readonly directory: boolean;
  /** In bytes; 0 of a directory. */
  readonly length: number;
  /** ms since 1970; undefined when not known. */
  readonly modTime: number | undefined;
}

/**
 * Operations on files. A subclass overrides one and calls the rest of `next`.
 * `done` of `read` and `write` is called only when they returned undefined. lws: struct lws_plat_file_ops
 */
export interface FileOps {
  readonly name: string;
  readonly next: FileOps | undefined;
  /** `.zip/` and the like; empty for the platform's own. */
  readonly signatures: readonly string[];
  /**
   * Opens `virtualPath` below `path`. `path` is the program's own, a mount's origin, and is trusted;
   * `virtualPath` is what a peer asked for: empty for `path` itself, else with a slash at its begin, decoded
   * and normalised. Nothing outside of `path` may be opened. A directory is `LWS_ERR_VFS_IS_DIRECTORY`.
   * `done` once, at once when nothing has to be waited for. A promise, of an `async` function, is not waited for; what it
   * is rejected with is an error of the request, as what is thrown. lws: lws_vfs_file_open
   */
  open(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    done: (file: FopsFile | CodedError) => void,
  ): void | PromiseLike<void>;
  /**
   * Why every `open` below `path` would fail, such as a damaged archive: for a mount to be refused when it is made.
   * An error with status 404 says that `path` is not there, which is worth a warning: it may still come.
   * Undefined when nothing is known against it, or cannot be known at once. Default: nothing is known
   */
  checkRoot?(path: string): CodedError | undefined;
  /**
   * What a directory has: files and directories, at most `most` of them, in any order. Paths as of {@link open}.
   * Default: `LWS_ERR_VFS_NOT_FOUND`, as of a directory that is not there
   */
  list?(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    most: number,
  ): readonly FopsEntry[] | CodedError;
  /** A promise as of {@link open}. */
  close(file: FopsFile): void | PromiseLike<void>;
  /** Moves the position by `offset` bytes, within the file; gives the new position. lws: lws_vfs_file_seek_cur */
  seekCur(file: FopsFile, offset: number): number;
  /** Bytes read from `position` on, 0 at the end; undefined: later, by `done`. One read at a time per file. */
  read(
    file: FopsFile,
    into: Uint8Array,
    done: (got: number | CodedError) => void,
  ): number | CodedError | undefined;
  write(
    file: FopsFile,
    from: Uint8Array,
    done: (put: number | CodedError) => void,
  ): number | CodedError | undefined;
}
