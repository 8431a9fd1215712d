import {
  type CodedError,
  type FileOps,
  type FopsEntry,
  type FopsFile,
  type FopsFlags,
  interfaceErrors,
  isRecord,
  isThenable,
  LwsError,
} from '@lws-ts/interface';
import { type Opening, openBelow } from './calls-below.ts';
import { vfsErrors } from './errors.ts';
import { FopsBase } from './fops-base.ts';
import { LayeredFile } from './layered-file.ts';

/**
 * Roots laid over another: what is asked for below `root` is looked for in each of `overlays` first, then in
 * `root` itself. A file hides what has its name below; a directory hides nothing. Each is opened by `next`, so
 * that any of them may be an archive.
 */
export class OverlayFops extends FopsBase {
  readonly #roots: ReadonlyMap<string, readonly string[]>;

  /**
   * @param next opens the files of all of them
   * @param roots by the `path` that is given to `open` — of a mount the absolute path of its origin — what lies
   *   over it, the topmost first
   * @throws `LWS_ERR_OPTION` for what is no record of lists of paths, `LWS_ERR_VFS_FOPS`
   */
  constructor(next: FileOps, roots: Readonly<Record<string, readonly string[]>>) {
    super('overlay', next);
    if (!isRecord(roots)) throw wrong('roots of OverlayFops is no object');
    // a path alone would be gone through letter by letter, and the first one is a slash
    for (const [root, overlays] of Object.entries(roots))
      if (!Array.isArray(overlays) || !overlays.every((one) => typeof one === 'string'))
        throw wrong(`roots of OverlayFops: what lies over ${root} is no list of paths`);
    this.#roots = new Map(Object.entries(roots));
  }

  override open(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    done: (file: FopsFile | CodedError) => void,
  ): Opening {
    const overlays = this.#roots.get(path);
    // An origin that is asked for itself has nothing over it.
    if (overlays === undefined || virtualPath === '')
      return super.open(path, virtualPath, flags, done);
    return this.#openFirst([...overlays, path], 0, virtualPath, flags, false, done);
  }

  /** A root that is not there is fine where something lies over it. */
  override checkRoot(path: string): CodedError | undefined {
    const refusal = super.checkRoot(path);
    return refusal?.status === 404 && this.#roots.has(path) ? undefined : refusal;
  }

  /** What all of them have; of one name the topmost file, or a directory where there is no file of it. */
  override list(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    most: number,
  ): readonly FopsEntry[] | CodedError {
    const found = new Map<string, FopsEntry>();
    let refusal: CodedError | undefined = vfsErrors.LWS_ERR_VFS_NOT_FOUND;
    for (const root of [...(this.#roots.get(path) ?? []), path]) {
      const entries = super.list(root, virtualPath, flags, most);
      // of an `async` one, which whoever asked is to see
      if (isThenable(entries)) return entries;
      if ('code' in entries) {
        if (refusal?.code === 'LWS_ERR_VFS_NOT_FOUND') refusal = entries;
        continue;
      }
      refusal = undefined;
      for (const entry of entries)
        if (
          found.get(entry.name)?.directory !== false &&
          !(found.has(entry.name) && entry.directory)
        )
          found.set(entry.name, entry);
    }
    return refusal ?? [...found.values()].slice(0, most);
  }

  #openFirst(
    roots: readonly string[],
    at: number,
    virtualPath: string,
    flags: FopsFlags,
    directory: boolean,
    done: (file: FopsFile | CodedError) => void,
  ): Opening {
    const root = roots[at];
    if (root === undefined)
      return done(directory ? vfsErrors.LWS_ERR_VFS_IS_DIRECTORY : vfsErrors.LWS_ERR_VFS_NOT_FOUND);
    return openBelow(this.next, root, virtualPath, flags, (opened) => {
      if ('fops' in opened) return done(new LayeredFile(this, opened));
      const isDirectory = opened.code === 'LWS_ERR_VFS_IS_DIRECTORY';
      if (!isDirectory && opened.code !== 'LWS_ERR_VFS_NOT_FOUND') return done(opened);
      return this.#openFirst(roots, at + 1, virtualPath, flags, directory || isDirectory, done);
    });
  }
}

function wrong(what: string): LwsError {
  return new LwsError(interfaceErrors.LWS_ERR_OPTION, what);
}
