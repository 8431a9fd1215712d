import {
  type CodedError,
  dropPromise,
  type FileOps,
  type FopsEntry,
  type FopsFile,
  type FopsFlags,
  LwsError,
  resolveOptions,
} from '@lws-ts/interface';
import { archiveEnd } from '../archive-path.ts';
import { closeBelow, type Opening, openBelow } from '../calls-below.ts';
import { vfsErrors } from '../errors.ts';
import { FopsBase } from '../fops-base.ts';
import { MemoryFile, MemoryNode } from '../memory-file.ts';
import { readExactly } from '../read-fully.ts';
import { type Opened, ownVirtual, type Transferred } from '../virtual-file.ts';
import { joinVirtual, virtualPathFault, withoutSlash } from '../virtual-path.ts';
import type { ArchiveLog } from './archive-log.ts';
import { ENTRY_FAULTS, FAULT_CONTENT, FAULT_NONE, METHOD_DEFLATED } from './entry-fault.ts';
import * as lateEntries from './late-entries.ts';
import { hasDirectory, listDirectory } from './list-directory.ts';
import { Place, type Visit, type Way } from './place.ts';
import { ZipArchives } from './zip-archives.ts';
import { SOUND, ZipIndex } from './zip-index.ts';
import { type ZipOptions, zipRules } from './zip-options.ts';

/** Archives in archives in archives: more levels are nobody's wish. */
const DEEPEST = 4;
/** Of the archive itself, whatever is asked of what is in it. */
const READ: FopsFlags = Object.freeze({ write: false, acceptGzip: false, follow: false });
const READ_FOLLOWING: FopsFlags = Object.freeze({ ...READ, follow: true });

/**
 * Files in zip archives: a part of a path that ends like an archive, and is a file, is gone into as if it were a
 * directory. A directory of that name is one. Everything else is opened by `next`, the archives too.
 *
 * A deflated entry goes out as it is to whoever takes gzip. Every entry of up to `verifyBytes` is read once
 * before it is opened for the first time, so that one with a wrong checksum is refused.
 *
 * lws: fops_zip
 */
export class ZipFops extends FopsBase {
  override readonly signatures: readonly string[];
  readonly #archives: ZipArchives;
  readonly #verifyBytes: number;
  readonly #maxNestedBytes: number;

  /** @throws `LWS_ERR_OPTION`, `LWS_ERR_VFS_FOPS` */
  constructor(next: FileOps, options: ZipOptions = {}) {
    super('zip', next);
    const given = options as Readonly<Record<string, unknown>>;
    const read = resolveOptions(zipRules, given, 'ZipFops');
    this.signatures = read['signatures'] as readonly string[];
    this.#verifyBytes = read['verifyBytes'] as number;
    this.#maxNestedBytes = read['maxNestedBytes'] as number;
    const limits = {
      maxEntries: read['maxEntries'] as number,
      maxDirectoryBytes: read['maxDirectoryBytes'] as number,
    };
    this.#archives = new ZipArchives(
      limits,
      read['maxIndexBytes'] as number,
      read['refused'] as NonNullable<ZipOptions['refused']>,
    );
  }

  /** How many entries of each archive in memory are not served, by the archive's name. */
  get refusedEntries(): ReadonlyMap<string, number> {
    return this.#archives.refusedEntries;
  }

  /** Lines about entries that are not served go there too; `vfs()` gives it the log of each context that uses it. */
  logTo(log: ArchiveLog): void {
    this.#archives.logTo(log);
  }

  /** They go there no more: the context has other file operations, or is over. */
  logNoMore(log: ArchiveLog): void {
    this.#archives.logNoMore(log);
  }

  override open(path: string, virtualPath: string, flags: FopsFlags, done: Opened): Opening {
    const fault = virtualPathFault(virtualPath, false);
    if (fault !== undefined) return done(fault);
    const below = virtualPath === '' ? '' : joinVirtual('', virtualPath);
    const passOn = () => this.next.open(path, below, flags, done);
    return this.#openIn(path, below, 0, { flags, visit: this.#openAt, passOn }, done);
  }

  /** As of `next` where no archive is on the way; in an archive what is served, and nothing that has to be waited for. */
  override list(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    most: number,
  ): readonly FopsEntry[] | CodedError {
    const fault = virtualPathFault(virtualPath, false);
    if (fault !== undefined) return fault;
    let result: readonly FopsEntry[] | CodedError = vfsErrors.LWS_ERR_VFS_NOT_FOUND;
    const listAt: Visit = (place, done) => {
      const directory = withoutSlash(place.inner);
      if (hasDirectory(place.index, directory)) {
        result = listDirectory(place.index, directory, most);
        // The archive is not needed any longer.
        done(vfsErrors.LWS_ERR_VFS_IS_DIRECTORY);
      } else this.#findNested(place, done);
    };
    const passOn = (): void => {
      result = super.list(path, virtualPath, flags, most);
    };
    // The slash says that an archive at the end is meant as a directory.
    const below = virtualPath === '' ? '/' : `${withoutSlash(joinVirtual('', virtualPath))}/`;
    const way = { flags, visit: listAt, passOn };
    dropPromise(this.#openIn(path, below, 0, way, () => undefined));
    return result;
  }

  /** An archive that cannot be read; a long directory is not waited for. */
  override checkRoot(path: string): CodedError | undefined {
    let refusal: CodedError | undefined;
    const judge: Opened = (opened) => {
      if ('fops' in opened) closeBelow(opened);
      else refusal = opened;
    };
    const passOn = (): void => undefined;
    const way = { flags: READ, visit: this.#openAt, passOn };
    dropPromise(this.#openIn(path, '', 0, way, judge));
    const unreadable = refusal?.status === 500 ? refusal : undefined;
    return unreadable ?? this.next.checkRoot?.(path);
  }

  override close(file: FopsFile): void | PromiseLike<void> {
    return ownVirtual(file, this).close();
  }

  override seekCur(file: FopsFile, offset: number): number {
    return ownVirtual(file, this).seekCur(offset);
  }

  override read(file: FopsFile, into: Uint8Array, done: Transferred): ReturnType<FileOps['read']> {
    return ownVirtual(file, this).read(into, done);
  }

  override write(
    file: FopsFile,
    from: Uint8Array,
    done: Transferred,
  ): ReturnType<FileOps['write']> {
    return ownVirtual(file, this).write(from, done);
  }

  /** Visits the first archive on the way that can be opened, from `from` of the whole path on. */
  #openIn(path: string, below: string, from: number, way: Way, done: Opened): Opening {
    const whole = path.endsWith('/') && below !== '' ? path + below.slice(1) : path + below;
    const root = whole.length - below.length;
    const end = archiveEnd(whole, this.signatures, from);
    // What a peer asks for with no slash behind it is the archive itself; the program means what is in it.
    if (end < 0 || (end === whole.length && below !== '')) return way.passOn();
    const inside = end > root ? whole.slice(root, end) : '';
    return openBelow(
      this.next,
      end > root ? path : whole.slice(0, end),
      inside,
      way.flags.follow === true ? READ_FOLLOWING : READ,
      (archive) => {
        if ('fops' in archive)
          return this.#enter(archive, whole.slice(0, end), whole.slice(end + 1), way, 1, done);
        if (archive.code !== 'LWS_ERR_VFS_IS_DIRECTORY' || end === whole.length)
          return done(archive);
        return this.#openIn(path, below, end + 1, way, done);
      },
    );
  }

  /** Visits an archive that is open, which belongs to this from here on. */
  #enter(
    archive: FopsFile,
    name: string,
    inner: string,
    way: Way,
    depth: number,
    done: Opened,
  ): void {
    const release: Opened = (result) => {
      if (!('fops' in result)) closeBelow(archive);
      done(result);
    };
    this.#archives.indexOf(name, archive, (index) => {
      if (!(index instanceof ZipIndex)) release(index);
      else way.visit(new Place(index, archive, name, inner, way, depth), release);
    });
  }

  readonly #openAt: Visit = (place, done) => {
    const { index, inner } = place;
    const entry = index.find(inner);
    if (entry !== undefined) this.#openEntry(place, entry, done);
    else if (hasDirectory(index, withoutSlash(inner))) done(vfsErrors.LWS_ERR_VFS_IS_DIRECTORY);
    else this.#findNested(place, done);
  };

  #findNested(place: Place, done: Opened): void {
    const { index, inner, depth } = place;
    for (let from = 0; depth < DEEPEST; ) {
      const end = archiveEnd(inner, this.signatures, from);
      if (end < 0 || end === inner.length) break;
      const entry = index.find(inner.slice(0, end));
      if (entry !== undefined) {
        this.#openNested(place, entry, end, done);
        return;
      }
      from = end + 1;
    }
    done(vfsErrors.LWS_ERR_VFS_NOT_FOUND);
  }

  #openEntry(place: Place, entry: number, done: Opened): void {
    const { index, archive } = place;
    const { flags } = place.way;
    if (flags.write) {
      done(vfsErrors.LWS_ERR_VFS_ACCESS);
      return;
    }
    this.#prepare(place, entry, (error) => {
      if (error !== undefined) done(error);
      else if (index.method[entry] !== METHOD_DEFLATED)
        done(new lateEntries.StoredEntryFile(this, index, entry, archive));
      else if (flags.acceptGzip) done(new lateEntries.GzipEntryFile(this, index, entry, archive));
      else done(new lateEntries.InflatedEntryFile(this, index, entry, archive));
    });
  }

  /** Everything that is checked before an entry is opened, once for each. */
  #prepare(place: Place, entry: number, done: (error: CodedError | undefined) => void): void {
    const { index, archive } = place;
    if (index.verdict[entry] === SOUND) {
      done(undefined);
      return;
    }
    const known = index.fault[entry];
    lateEntries.readLocalHeader(index, entry, archive, (error) => {
      const fault = index.fault[entry] as number;
      if (fault !== known) this.#found(place, fault);
      if (error !== undefined) done(error);
      else if (fault !== FAULT_NONE) done(this.#refusal(place, fault));
      else if (this.#isLong(index, entry)) done(undefined);
      else
        lateEntries.verifyEntry(index, entry, archive, (wrong) => {
          if (wrong?.code !== 'LWS_ERR_VFS_ZIP_ENTRY') {
            done(wrong);
            return;
          }
          this.#found(place, FAULT_CONTENT);
          done(this.#refusal(place, FAULT_CONTENT));
        });
    });
  }

  #found({ name, inner }: Place, fault: number): void {
    this.#archives.found(name, inner, ENTRY_FAULTS[fault] ?? '');
  }

  #isLong(index: ZipIndex, entry: number): boolean {
    const bytes = Math.max(index.packed[entry] as number, index.unpacked[entry] as number);
    return bytes > this.#verifyBytes;
  }

  #refusal({ name, inner }: Place, fault: number): CodedError {
    const detail = `${inner} in ${name}: ${ENTRY_FAULTS[fault]}`;
    return new LwsError(vfsErrors.LWS_ERR_VFS_ZIP_ENTRY, detail);
  }

  /** An archive in an archive: a stored one is read where it lies, a deflated one is unpacked first. */
  #openNested(place: Place, entry: number, end: number, done: Opened): void {
    const { index, archive, inner, way, depth } = place;
    const own = inner.slice(0, end);
    const name = `${place.name}/${own}`;
    // A refusal closes the nested one, which closes what it lies in; closing twice is closing once.
    const go = (nested: FopsFile): void =>
      this.#enter(nested, name, inner.slice(end + 1), way, depth + 1, done);
    const outer = new Place(index, archive, place.name, own, way, depth);
    this.#prepare(outer, entry, (error) => {
      if (error !== undefined) done(error);
      else if (index.method[entry] !== METHOD_DEFLATED)
        go(new lateEntries.StoredEntryFile(this, index, entry, archive));
      else if ((index.unpacked[entry] as number) > this.#maxNestedBytes)
        done(new LwsError(vfsErrors.LWS_ERR_VFS_ZIP_TOO_LARGE, name));
      else this.#unpack(place, entry, go, done);
    });
  }

  #unpack(place: Place, entry: number, go: (file: FopsFile) => void, done: Opened): void {
    const { index, archive } = place;
    const packed = new lateEntries.InflatedEntryFile(this, index, entry, archive);
    const content = new Uint8Array(packed.length);
    readExactly(packed, 0, content, vfsErrors.LWS_ERR_VFS_ZIP_CHANGED, (error) => {
      closeBelow(packed);
      const node = new MemoryNode(content, packed.modTime, undefined, packed.contentTag);
      if (error === undefined) go(new MemoryFile(this, node, false, false));
      else done(error);
    });
  }
}
