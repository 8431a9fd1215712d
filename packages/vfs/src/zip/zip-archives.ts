import type { FopsFile } from '@lws-ts/interface';
import { type ArchiveLog, NAMED } from './archive-log.ts';
import type { EntryRefused, ZipLimits } from './index-archive.ts';
import * as lateIndex from './late-index.ts';
import { type Indexed, ZipIndex } from './zip-index.ts';

interface Known {
  readonly length: number;
  readonly modTime: number | undefined;
  readonly changeTime: number | undefined;
  readonly contentTag: string | undefined;
  readonly indexed: Indexed;
  readonly cost: number;
}

interface Build {
  readonly archive: FopsFile;
  readonly waiting: ((indexed: Indexed) => void)[];
}

/** The indexes of the archives that were used lately, also of those that turned out to be none. */
export class ZipArchives {
  readonly #limits: ZipLimits;
  readonly #most: number;
  readonly #refused: (archive: string, entry: string, why: string) => void;
  readonly #known = new Map<string, Known>();
  readonly #builds = new Map<string, Build>();
  #cost = 0;
  /** Of each context that uses them. */
  readonly #logs = new Set<ArchiveLog>();

  /** @param most bytes of memory for them, roughly; the one in use is kept in any case */
  constructor(
    limits: ZipLimits,
    most: number,
    refused: (archive: string, entry: string, why: string) => void,
  ) {
    this.#limits = limits;
    this.#most = most;
    this.#refused = refused;
  }

  /** The index of the archive that is open, made when it is not the one that is known by that name. */
  indexOf(name: string, archive: FopsFile, done: (indexed: Indexed) => void): void {
    const known = this.#known.get(name);
    if (known !== undefined && isSame(known, archive)) {
      this.#known.delete(name);
      this.#known.set(name, known);
      done(known.indexed);
      return;
    }
    const build = this.#builds.get(name);
    if (build !== undefined && isSame(build.archive, archive)) build.waiting.push(done);
    else this.#build(name, archive, done);
  }

  logTo(log: ArchiveLog): void {
    this.#logs.add(log);
  }

  logNoMore(log: ArchiveLog): void {
    this.#logs.delete(log);
  }

  /** How many entries of each archive are not served. */
  get refusedEntries(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const [name, { indexed }] of this.#known)
      if (indexed instanceof ZipIndex) counts.set(name, indexed.refused);
    return counts;
  }

  /** An entry was found wrong when it was opened. */
  found(name: string, entry: string, why: string): void {
    this.#tell(name, entry, why);
    for (const log of this.#logs) log.found(name, entry, why);
  }

  #build(name: string, archive: FopsFile, done: (indexed: Indexed) => void): void {
    const build: Build = { archive, waiting: [done] };
    this.#builds.set(name, build);
    const named: string[] = [];
    const refused: EntryRefused = (entry, why) => {
      if (named.length < NAMED) named.push(`${entry.slice(0, 120)}: ${why}`);
      this.#tell(name, entry, why);
    };
    lateIndex.indexArchive(archive, this.#limits, refused, (indexed) => {
      if (indexed instanceof ZipIndex && named.length > 0)
        for (const log of this.#logs) log.read(name, named, indexed.refused, indexed.fault.length);
      if (this.#builds.get(name) === build) this.#builds.delete(name);
      // What could not be read is no property of the archive, and is tried again.
      if (indexed instanceof ZipIndex || indexed.code.startsWith('LWS_ERR_VFS_ZIP'))
        this.#keep(name, archive, indexed);
      for (const waiting of build.waiting) waiting(indexed);
    });
  }

  /** Whatever the program's function does: the archive is read on, since others wait for it. */
  #tell(name: string, entry: string, why: string): void {
    const threw = (error: unknown): void => {
      for (const log of this.#logs) log.threw(name, error);
    };
    try {
      const told: unknown = this.#refused(name, entry, why);
      if (told instanceof Promise) told.catch(threw);
    } catch (error) {
      threw(error);
    }
  }

  #keep(name: string, archive: FopsFile, indexed: Indexed): void {
    this.#drop(name);
    const cost = (indexed instanceof ZipIndex ? indexed.cost : 256) + 2 * name.length;
    const { length, modTime, changeTime, contentTag } = archive;
    this.#known.set(name, { length, modTime, changeTime, contentTag, indexed, cost });
    this.#cost += cost;
    for (const oldest of this.#known.keys()) {
      if (this.#cost <= this.#most || oldest === name) break;
      this.#drop(oldest);
    }
  }

  #drop(name: string): void {
    this.#cost -= this.#known.get(name)?.cost ?? 0;
    this.#known.delete(name);
  }
}

function isSame(
  known: Pick<FopsFile, 'length' | 'modTime' | 'changeTime' | 'contentTag'>,
  archive: FopsFile,
): boolean {
  return (
    known.length === archive.length &&
    known.modTime === archive.modTime &&
    known.changeTime === archive.changeTime &&
    known.contentTag === archive.contentTag
  );
}
