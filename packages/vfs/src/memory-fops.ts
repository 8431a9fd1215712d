import {
  type CodedError,
  type FileOps,
  type FopsEntry,
  type FopsFile,
  type FopsFlags,
  interfaceErrors,
  LwsError,
  type OptionRules,
  resolveOptions,
} from '@lws-ts/interface';
import { assertBytes } from './assert-bytes.ts';
import { vfsErrors } from './errors.ts';
import { MemoryFile, MemoryNode } from './memory-file.ts';
import { ownVirtual, type Transferred } from './virtual-file.ts';
import { childName, joinVirtual, virtualPathFault } from './virtual-path.ts';

/** What {@link MemoryFops.set} may be told of a file. */
export interface MemoryFileFacts {
  /** ms since 1970; undefined: nobody knows. Default: now */
  readonly modTime?: number | undefined;
  /** The bytes as a gzip stream; given to whoever takes gzip. Default: none */
  readonly gzip?: Uint8Array;
}

/**
 * Files in memory, by their absolute path: `set('/site/index.html', '<p>hi')` is what `open('/site',
 * '/index.html')` opens. Directories are there as long as a file is below them. An open file keeps the
 * bytes it was opened with when its name is set again; `write: true` writes into them, and past their end.
 */
export class MemoryFops implements FileOps {
  readonly name: string = 'memory';
  readonly next: FileOps | undefined = undefined;
  readonly signatures: readonly string[] = [];
  #files = new Map<string, MemoryNode>();
  /** How many files are below each directory. */
  #directories = new Map<string, number>();

  /**
   * Puts a file there, or another one in its place. The bytes are not copied.
   *
   * @throws `LWS_ERR_VFS_NAME` unless the path begins with a slash and names a file; `LWS_ERR_OPTION` for what is
   *   neither bytes nor text, and for facts of another kind
   */
  set(path: string, content: Uint8Array | string, facts: MemoryFileFacts = {}): this {
    const name = typeof path === 'string' ? normalised(path) : '';
    if (name === '' || !path.startsWith('/') || path.endsWith('/'))
      throw new LwsError(
        vfsErrors.LWS_ERR_VFS_NAME,
        typeof path === 'string' ? JSON.stringify(path) : typeof path,
      );
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    assertBytes(bytes, `content of ${name}`);
    assertFacts(facts, name);
    const modTime = 'modTime' in facts ? facts.modTime : Date.now();
    if (!this.#files.has(name)) this.#count(name, 1);
    this.#files.set(name, new MemoryNode(bytes, modTime, facts.gzip));
    return this;
  }

  /** Takes a file away; false when there was none. */
  delete(path: string): boolean {
    const name = normalised(path);
    if (!this.#files.delete(name)) return false;
    this.#count(name, -1);
    return true;
  }

  open(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    done: (file: FopsFile | CodedError) => void,
  ): void {
    done(virtualPathFault(virtualPath, false) ?? this.#open(path, virtualPath, flags));
  }

  list(
    path: string,
    virtualPath: string,
    _flags: FopsFlags,
    most: number,
  ): readonly FopsEntry[] | CodedError {
    const fault = virtualPathFault(virtualPath, false);
    if (fault !== undefined) return fault;
    const name = normalised(virtualPath === '' ? path : joinVirtual(path, virtualPath));
    if (name !== '' && !this.#directories.has(name)) return vfsErrors.LWS_ERR_VFS_NOT_FOUND;
    const entries: FopsEntry[] = [];
    for (const directory of this.#directories.keys()) {
      if (entries.length >= most) return entries;
      const child = childName(directory, `${name}/`);
      if (child !== undefined)
        entries.push({ name: child, directory: true, length: 0, modTime: undefined });
    }
    for (const [file, { bytes, modTime }] of this.#files) {
      if (entries.length >= most) return entries;
      const child = childName(file, `${name}/`);
      if (child !== undefined)
        entries.push({ name: child, directory: false, length: bytes.length, modTime });
    }
    return entries;
  }

  close(file: FopsFile): void {
    ownVirtual(file, this).close();
  }

  seekCur(file: FopsFile, offset: number): number {
    return ownVirtual(file, this).seekCur(offset);
  }

  read(file: FopsFile, into: Uint8Array, done: Transferred): number | CodedError | undefined {
    return ownVirtual(file, this).read(into, done);
  }

  write(file: FopsFile, from: Uint8Array, done: Transferred): number | CodedError | undefined {
    return ownVirtual(file, this).write(from, done);
  }

  #open(path: string, virtualPath: string, flags: FopsFlags): FopsFile | CodedError {
    const asked = virtualPath === '' ? path : joinVirtual(path, virtualPath);
    const name = normalised(asked);
    if (name === '' || this.#directories.has(name)) return vfsErrors.LWS_ERR_VFS_IS_DIRECTORY;
    const node = asked.endsWith('/') ? undefined : this.#files.get(name);
    return node === undefined
      ? vfsErrors.LWS_ERR_VFS_NOT_FOUND
      : new MemoryFile(this, node, flags.acceptGzip && !flags.write, flags.write);
  }

  #count(name: string, by: number): void {
    for (let end = name.lastIndexOf('/'); end > 0; end = name.lastIndexOf('/', end - 1)) {
      const directory = name.slice(0, end);
      const files = (this.#directories.get(directory) ?? 0) + by;
      if (files === 0) this.#directories.delete(directory);
      else this.#directories.set(directory, files);
    }
  }
}

/** @throws `LWS_ERR_OPTION` */
function assertFacts(facts: MemoryFileFacts, name: string): void {
  const rules: OptionRules<MemoryFileFacts> = {
    modTime: { kind: 'custom', fallback: undefined, check: (ms) => assertTime(ms, name) },
    gzip: {
      kind: 'custom',
      fallback: undefined,
      check: (bytes) => assertBytes(bytes, `gzip of ${name}`),
    },
  };
  resolveOptions(rules, facts as Readonly<Record<string, unknown>>, `facts of ${name}`);
}

function assertTime(ms: unknown, name: string): void {
  if (!Number.isFinite(ms))
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `modTime of ${name} is no time in ms`);
}

/** Without doubled slashes and the one at the end. */
function normalised(path: string): string {
  return path.replace(/\/+/g, '/').replace(/\/$/, '');
}
