/** Reads an archive's directory through yauzl, entry by entry, and judges each. */
import { type FopsFile, LwsError } from '@lws-ts/interface';
import type { Entry, ZipFile } from 'yauzl';
import { vfsErrors } from '../errors.ts';
import { yauzl } from '../late-yauzl.ts';
import { type CentralDirectory, readEndRecord, zip64EndAt } from './end-record.ts';
import {
  ENTRY_FAULTS,
  entryFault,
  FAULT_NONE,
  FAULT_OVERLAP,
  FAULT_RECORD,
  FAULT_TWICE,
} from './entry-fault.ts';
import { entryName } from './entry-name.ts';
import { type Indexed, ZipIndex } from './zip-index.ts';
import { ZipReader } from './zip-reader.ts';

/** What an archive may ask of us. */
export interface ZipLimits {
  readonly maxEntries: number;
  readonly maxDirectoryBytes: number;
}

/** Told of an entry that is not served: its name, or its number where it has none, and why. */
export type EntryRefused = (entry: string, why: string) => void;

/** Entries that are read in one turn of the loop. */
const TURN = 512;
const RECORD_BYTES = 46;
const RECORD_SIGNATURE = 0x02014b50;
const TAIL_BYTES = 22 + 20;
const READ_OPTIONS = {
  lazyEntries: true,
  autoClose: false,
  decodeStrings: false,
  validateEntrySizes: false,
};

/** Makes the index of an open archive; `done` once, at once when the archive is small and is read at once. */
export function indexArchive(
  archive: FopsFile,
  limits: ZipLimits,
  refused: EntryRefused,
  done: (indexed: Indexed) => void,
): void {
  new Indexer(archive, limits, refused, done).start();
}

class Indexer {
  readonly #limits: ZipLimits;
  readonly #refused: EntryRefused;
  readonly #done: (indexed: Indexed) => void;
  readonly #reader: ZipReader;
  #zip: ZipFile | undefined;
  #index: ZipIndex | undefined;
  #directory: CentralDirectory | undefined;
  #entry: number;
  /** Where the record of the next entry begins, as the archive counts. */
  #cursor: number;
  #arrived: boolean;
  #waiting: boolean;
  #over: boolean;

  constructor(
    archive: FopsFile,
    limits: ZipLimits,
    refused: EntryRefused,
    done: (indexed: Indexed) => void,
  ) {
    this.#limits = limits;
    this.#refused = refused;
    this.#done = done;
    this.#reader = new ZipReader(archive);
    this.#zip = undefined;
    this.#index = undefined;
    this.#directory = undefined;
    this.#entry = 0;
    this.#cursor = 0;
    this.#arrived = false;
    this.#waiting = false;
    this.#over = false;
  }

  start(): void {
    try {
      const { size } = this.#reader;
      yauzl().fromRandomAccessReader(this.#reader.source, size, READ_OPTIONS, (error, zip) => {
        if (error !== null) this.#fail(error.message);
        else this.#readEnd(zip, size);
      });
    } catch (error) {
      this.#fail(String(error));
    }
  }

  #readEnd(zip: ZipFile, size: number): void {
    const comment = zip.comment.length;
    const length = Math.min(size, TAIL_BYTES + comment);
    this.#reader.bytes(size - length, length, (bytes) => {
      if (bytes === undefined || bytes.length < length) {
        this.#fail('its end cannot be read');
        return;
      }
      const tail = new Uint8Array(bytes);
      const wideAt = zip64EndAt(tail, comment);
      if (wideAt === undefined) this.#place(zip, readEndRecord(tail, size, comment, undefined));
      else
        this.#reader.bytes(wideAt, 56, (wide) => {
          this.#place(zip, readEndRecord(tail, size, comment, wide));
        });
    });
  }

  #place(zip: ZipFile, directory: CentralDirectory | string): void {
    if (typeof directory === 'string') {
      this.#fail(directory);
      return;
    }
    const { count, start, end, prefix } = directory;
    const { maxEntries, maxDirectoryBytes } = this.#limits;
    if (count > maxEntries || end - start > maxDirectoryBytes) {
      const detail = `${count} entries, a directory of ${end - start} bytes`;
      this.#finish(new LwsError(vfsErrors.LWS_ERR_VFS_ZIP_TOO_LARGE, detail));
      return;
    }
    this.#directory = directory;
    this.#reader.prefix = prefix;
    this.#index = new ZipIndex(count, start + prefix, end - start, prefix);
    this.#cursor = start;
    this.#attend(zip);
    this.#pump();
  }

  #attend(zip: ZipFile): void {
    this.#zip = zip;
    zip.on('entry', (entry: Entry) => {
      this.#take(entry);
      this.#next();
    });
    // What yauzl ends the archive for is mostly the fault of one entry.
    zip.on('error', () => this.#passBy());
  }

  #next(): void {
    this.#arrived = true;
    if (!this.#waiting) return;
    this.#waiting = false;
    this.#pump();
  }

  /** Reads entries as long as they come at once; the others come by their events. */
  #pump(): void {
    const directory = this.#directory as CentralDirectory;
    for (let turn = 0; turn < TURN; turn++) {
      if (this.#over) return;
      if (this.#entry === directory.count) {
        if (this.#cursor === directory.end) this.#complete(directory.count > TURN);
        else this.#fail('its directory holds more than its entries');
        return;
      }
      this.#arrived = false;
      try {
        this.#zip?.readEntry();
      } catch (error) {
        this.#fail(String(error));
        return;
      }
      if (!this.#arrived) {
        this.#waiting = true;
        return;
      }
    }
    setImmediate(() => this.#pump());
  }

  #take(entry: Entry): void {
    const index = this.#index as ZipIndex;
    const { end } = this.#directory as CentralDirectory;
    const at = this.#entry++;
    const record = this.#cursor;
    this.#cursor +=
      RECORD_BYTES + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
    if (this.#cursor > end) {
      this.#fail('its directory is longer than it says');
      return;
    }
    index.record[at] = record - (this.#directory as CentralDirectory).start;
    index.offset[at] = entry.relativeOffsetOfLocalHeader + index.prefix;
    index.packed[at] = entry.compressedSize;
    index.unpacked[at] = entry.uncompressedSize;
    index.crc[at] = entry.crc32;
    index.dosTime[at] = entry.lastModFileDate * 0x10000 + entry.lastModFileTime;
    index.nameBytes[at] = entry.fileNameLength;
    index.flags[at] = entry.generalPurposeBitFlag;
    index.method[at] = entry.compressionMethod;
    this.#name(index, at, entry);
  }

  #name(index: ZipIndex, at: number, entry: Entry): void {
    const name = entryName(entry);
    if (name === undefined) {
      index.fault[at] = FAULT_RECORD;
      this.#refused(`entry ${at}`, 'its name cannot be asked for');
      return;
    }
    const start = index.directoryStart - index.prefix;
    const fault = entryFault(entry, name, start);
    index.fault[at] = fault;
    if (fault !== FAULT_NONE) this.#refused(name, ENTRY_FAULTS[fault] ?? '');
    if (!name.endsWith('/')) index.put(name, at);
    index.putDirectories(name);
    if (index.directories.size > this.#limits.maxEntries) {
      const detail = `more than ${this.#limits.maxEntries} directories`;
      this.#finish(new LwsError(vfsErrors.LWS_ERR_VFS_ZIP_TOO_LARGE, detail));
    }
  }

  /** Goes on behind an entry that yauzl does not read. */
  #passBy(): void {
    const { cursor, end, left } = this.#rest();
    const index = this.#index as ZipIndex;
    this.#reader.bytes(cursor, RECORD_BYTES, (bytes) => {
      const view = bytes && new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (view === undefined || view.byteLength < RECORD_BYTES || left === 0) {
        this.#fail('its directory cannot be read');
        return;
      }
      const next =
        cursor +
        RECORD_BYTES +
        view.getUint16(28, true) +
        view.getUint16(30, true) +
        view.getUint16(32, true);
      if (view.getUint32(0, true) !== RECORD_SIGNATURE || next > end) {
        this.#fail('its directory holds something else than entries');
        return;
      }
      index.fault[this.#entry] = FAULT_RECORD;
      this.#refused(`entry ${this.#entry}`, ENTRY_FAULTS[FAULT_RECORD] ?? '');
      this.#entry += 1;
      this.#cursor = next;
      const { size } = this.#reader;
      // Each ZipFile listens to its reader, and the last one is not needed any longer.
      this.#reader.source.removeAllListeners();
      const { ZipFile } = yauzl();
      const none = Buffer.alloc(0) as unknown as string;
      this.#attend(
        new ZipFile(this.#reader.source, next, size, left - 1, none, false, true, false, false),
      );
      this.#next();
    });
  }

  #rest(): { readonly cursor: number; readonly end: number; readonly left: number } {
    const { count, end } = this.#directory as CentralDirectory;
    return { cursor: this.#cursor, end, left: count - this.#entry };
  }

  /** @param long what is left to do has a turn of its own */
  #complete(long: boolean): void {
    if (long) {
      setImmediate(() => this.#complete(false));
      return;
    }
    const index = this.#index as ZipIndex;
    index.bound();
    for (const fault of [FAULT_TWICE, FAULT_OVERLAP])
      if (index.fault.includes(fault)) this.#refuseAll(index, fault);
    this.#finish(index);
  }

  /** What only the whole directory could tell. */
  #refuseAll(index: ZipIndex, fault: number): void {
    for (const [name, entry] of index.names)
      if (index.fault[entry] === fault) this.#refused(name, ENTRY_FAULTS[fault] ?? '');
  }

  #fail(why: string): void {
    const { failure } = this.#reader;
    this.#finish(failure ?? new LwsError(vfsErrors.LWS_ERR_VFS_ZIP, why));
  }

  #finish(indexed: Indexed): void {
    if (this.#over) return;
    this.#over = true;
    this.#zip?.removeAllListeners();
    this.#zip?.on('error', () => undefined);
    this.#done(indexed);
  }
}
