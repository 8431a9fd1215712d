import type { FopsFile, FopsFlags } from '@lws-ts/interface';
import type { Opening } from '../calls-below.ts';
import type { Opened } from '../virtual-file.ts';
import type { ZipIndex } from './zip-index.ts';

/** What is done in the archive that a path leads into. */
export type Visit = (place: Place, done: Opened) => void;

/** Where an entry is looked for. */
export class Place {
  readonly index: ZipIndex;
  readonly archive: FopsFile;
  /** Of the archive. */
  readonly name: string;
  readonly inner: string;
  readonly way: Way;
  readonly depth: number;

  constructor(
    index: ZipIndex,
    archive: FopsFile,
    name: string,
    inner: string,
    way: Way,
    depth: number,
  ) {
    this.index = index;
    this.archive = archive;
    this.name = name;
    this.inner = inner;
    this.way = way;
    this.depth = depth;
  }
}

/** What is wanted of a path. */
export interface Way {
  readonly flags: FopsFlags;
  readonly visit: Visit;
  /** Where it leads into no archive: whoever is next sees to it. */
  passOn(): Opening;
}
