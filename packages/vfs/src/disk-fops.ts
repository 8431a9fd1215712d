import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  type CodedError,
  type FileOps,
  type FopsEntry,
  type FopsFile,
  type FopsFlags,
  LwsError,
  resolveOptions,
} from '@lws-ts/interface';
import { liesInside, locateOpened } from './confinement.ts';
import { DiskFile } from './disk-file.ts';
import { vfsErrors } from './errors.ts';
import { systemError } from './system-error.ts';
import { joinVirtual, virtualPathFault } from './virtual-path.ts';

/** How {@link DiskFops} reads. */
export interface DiskOptions {
  /**
   * Reads and writes of up to so many bytes are done at once, on the loop's own thread; longer ones on the
   * thread pool. The default suits local disks; give 0 where a read may have to wait for a network.
   *
   * @defaultValue 262144
   * @throws `LWS_ERR_OPTION` unless an integer from 0 to 16 MiB
   */
  readonly syncBytes?: number;
}

// A FIFO must not wait for its writer, a terminal must not become ours. Windows has neither flag.
const OPEN_FLAGS = (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
const WINDOWS = process.platform === 'win32';

/**
 * The platform's own file operations.
 *
 * `open(path, virtualPath)`: `path` is the program's word and is trusted, `virtualPath` is the peer's and
 * cannot leave it. With an empty `virtualPath` the file is `path` itself. Otherwise `path` is the root: the
 * file is opened, then its descriptor is asked where it lies, and one outside of the root is refused.
 * Only regular files are opened; `write: true` opens for reading and writing, and neither creates nor cuts.
 *
 * lws: lws_plat_file_open and its kin
 */
export class DiskFops implements FileOps {
  readonly name: string = 'disk';
  readonly next: FileOps | undefined = undefined;
  readonly signatures: readonly string[] = [];
  #syncBytes: number;

  constructor(options: DiskOptions = {}) {
    const { syncBytes } = resolveOptions(
      { syncBytes: { kind: 'integer', fallback: 256 * 1024, min: 0, max: 16 * 1024 * 1024 } },
      options as Readonly<Record<string, unknown>>,
      'DiskFops',
    );
    this.#syncBytes = syncBytes as number;
  }

  /** Whether it is there; below a file, as the inside of an archive is, others know more. */
  checkRoot(path: string): CodedError | undefined {
    try {
      statSync(path);
      return undefined;
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      return code === 'ENOENT' ? vfsErrors.LWS_ERR_VFS_NOT_FOUND : undefined;
    }
  }

  open(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    done: (file: FopsFile | CodedError) => void,
  ): void {
    done(virtualPathFault(virtualPath, WINDOWS) ?? this.#open(path, virtualPath, flags));
  }

  list(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    most: number,
  ): readonly FopsEntry[] | CodedError {
    const fault = virtualPathFault(virtualPath, WINDOWS);
    if (fault !== undefined) return fault;
    const asked = virtualPath === '' ? path : joinVirtual(path, virtualPath);
    let fd = -1;
    try {
      if (statSync(asked, { throwIfNoEntry: false })?.isDirectory() !== true)
        return vfsErrors.LWS_ERR_VFS_NOT_FOUND;
      fd = openSync(asked, OPEN_FLAGS | constants.O_RDONLY);
      const follow = flags.follow === true;
      // what is read is the directory that was judged, whatever is put in its place meanwhile
      const real = locateOpened(fd, asked);
      if (real === undefined || (!follow && virtualPath !== '' && !liesInside(fd, asked, path)))
        return vfsErrors.LWS_ERR_VFS_OUTSIDE;
      return listDirectory(real, follow, most);
    } catch (cause) {
      return systemError(cause);
    } finally {
      if (fd >= 0) closeSync(fd);
    }
  }

  close(file: FopsFile): void {
    own(file, this).close();
  }

  seekCur(file: FopsFile, offset: number): number {
    return own(file, this).seekCur(offset);
  }

  read(
    file: FopsFile,
    into: Uint8Array,
    done: (got: number | CodedError) => void,
  ): number | CodedError | undefined {
    return own(file, this).read(into, done);
  }

  write(
    file: FopsFile,
    from: Uint8Array,
    done: (put: number | CodedError) => void,
  ): number | CodedError | undefined {
    return own(file, this).write(from, done);
  }

  #open(path: string, virtualPath: string, flags: FopsFlags): FopsFile | CodedError {
    const asked = virtualPath === '' ? path : joinVirtual(path, virtualPath);
    let fd = -1;
    try {
      // Opening alone would already wake a FIFO's writer or rewind a tape.
      const before = statSync(asked, { throwIfNoEntry: false });
      if (before === undefined) return vfsErrors.LWS_ERR_VFS_NOT_FOUND;
      if (!before.isDirectory() && !before.isFile()) return vfsErrors.LWS_ERR_VFS_NOT_REGULAR;
      fd = openSync(asked, OPEN_FLAGS | (flags.write ? constants.O_RDWR : constants.O_RDONLY));
      const confined = virtualPath !== '' && flags.follow !== true;
      if (confined && !liesInside(fd, asked, path)) return vfsErrors.LWS_ERR_VFS_OUTSIDE;
      const stat = fstatSync(fd);
      if (stat.isDirectory()) return vfsErrors.LWS_ERR_VFS_IS_DIRECTORY;
      if (!stat.isFile()) return vfsErrors.LWS_ERR_VFS_NOT_REGULAR;
      const file = new DiskFile(this, fd, stat, flags.write, this.#syncBytes);
      fd = -1;
      return file;
    } catch (cause) {
      return systemError(cause);
    } finally {
      if (fd >= 0) closeSync(fd);
    }
  }
}

/** Files and directories; of symlinks those that lead to one, where they may be followed. */
function listDirectory(real: string, follow: boolean, most: number): FopsEntry[] {
  const entries: FopsEntry[] = [];
  const directory = opendirSync(real);
  try {
    while (entries.length < most) {
      const name = directory.readSync()?.name;
      if (name === undefined) break;
      const at = join(real, name);
      const stat = lookAt(at, follow);
      if (stat?.isFile() === true)
        entries.push({ name, directory: false, length: stat.size, modTime: stat.mtimeMs });
      else if (stat?.isDirectory() === true)
        entries.push({ name, directory: true, length: 0, modTime: stat.mtimeMs });
    }
  } finally {
    directory.closeSync();
  }
  return entries;
}

/** Undefined: there is nothing, or it cannot be told what, as of a circle of symlinks. */
function lookAt(path: string, follow: boolean): Stats | undefined {
  try {
    return (follow ? statSync : lstatSync)(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function own(file: FopsFile, fops: DiskFops): DiskFile {
  if (file instanceof DiskFile && file.fops === fops) return file;
  throw new LwsError(vfsErrors.LWS_ERR_VFS_FOREIGN_FILE, `given to ${fops.name}`);
}
