import type { CodedError, FileOps, FopsFile } from '@lws-ts/interface';
import { vfsErrors } from '../errors.ts';
import { zlib } from '../node-zlib.ts';
import { readFully } from '../read-fully.ts';
import { type Transferred, VirtualFile } from '../virtual-file.ts';
import { dosTime } from './dos-time.ts';
import { inflateWhole, isInline } from './entry-content.ts';
import { Inflater } from './inflater.ts';
import { SOUND, type ZipIndex } from './zip-index.ts';

/** RFC 1952 §2.3.1: deflate, no name, no time, Unix. */
const GZIP_HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3);
const GZIP_TRAILER_BYTES = 8;

/** One entry of an archive, opened; it owns the archive's file. */
abstract class EntryFile extends VirtualFile {
  protected readonly index: ZipIndex;
  protected readonly entry: number;
  protected readonly archive: FopsFile;

  constructor(fops: FileOps, index: ZipIndex, entry: number, archive: FopsFile, gzip: boolean) {
    const packed = index.packed[entry] as number;
    const unpacked = index.unpacked[entry] as number;
    super(fops, {
      length: gzip ? packed + GZIP_HEADER.length + GZIP_TRAILER_BYTES : unpacked,
      gzip,
      modTime: dosTime(index.dosTime[entry] as number),
      contentTag: `${(index.crc[entry] as number).toString(36)}-${unpacked.toString(36)}`,
    });
    this.index = index;
    this.entry = entry;
    this.archive = archive;
  }

  protected release(): void | PromiseLike<void> {
    return this.archive.fops.close(this.archive);
  }

  /** Bytes of the archive from `at` on; one that became shorter is an error. */
  protected readData(at: number, into: Uint8Array, done: Transferred): void {
    readFully(this.archive, (this.index.data[this.entry] as number) + at, into, (got) =>
      done(got === 0 ? vfsErrors.LWS_ERR_VFS_ZIP_CHANGED : got),
    );
  }
}

/** A deflated entry as it is, between the header and the trailer of gzip. */
export class GzipEntryFile extends EntryFile {
  constructor(fops: FileOps, index: ZipIndex, entry: number, archive: FopsFile) {
    super(fops, index, entry, archive, true);
  }

  protected fill(into: Uint8Array, done: Transferred): void {
    const packed = this.index.packed[this.entry] as number;
    const head = this.#putHeader(into);
    const from = Math.max(this.position - GZIP_HEADER.length, 0);
    const dataBytes = Math.max(Math.min(into.length - head, packed - from), 0);
    if (dataBytes === 0) {
      done(head + this.#putTrailer(into, head));
      return;
    }
    const end = head + dataBytes;
    this.readData(from, into.subarray(head, end), (got) => {
      if (typeof got !== 'number') done(got);
      else if (got < dataBytes) done(vfsErrors.LWS_ERR_VFS_ZIP_CHANGED);
      else done(end + this.#putTrailer(into, end));
    });
  }

  /** What of the header begins at the position: how many bytes of it there was room for. */
  #putHeader(into: Uint8Array): number {
    const { position } = this;
    const bytes = Math.max(Math.min(GZIP_HEADER.length - position, into.length), 0);
    for (let at = 0; at < bytes; at++) into[at] = GZIP_HEADER[position + at] as number;
    return bytes;
  }

  /** What of the trailer begins at `from` of `into`: how many bytes of it there was room for. */
  #putTrailer(into: Uint8Array, from: number): number {
    const start = this.position + from - (this.length - GZIP_TRAILER_BYTES);
    if (start < 0) return 0;
    const crc = this.index.crc[this.entry] as number;
    const unpacked = this.index.unpacked[this.entry] as number;
    const bytes = Math.min(GZIP_TRAILER_BYTES - start, into.length - from);
    for (let at = 0; at < bytes; at++) {
      const byte = start + at;
      // RFC 1952 §2.3.1: both little-endian, the size modulo 2^32, as a shift takes it
      into[from + at] = (byte < 4 ? crc : unpacked) >>> (8 * (byte & 3));
    }
    return bytes;
  }
}

/** A stored entry: its bytes lie in the archive as they are. */
export class StoredEntryFile extends EntryFile {
  #summed = 0;
  #crc = 0;

  constructor(fops: FileOps, index: ZipIndex, entry: number, archive: FopsFile) {
    super(fops, index, entry, archive, false);
  }

  protected fill(into: Uint8Array, done: Transferred): void {
    const at = this.position;
    this.readData(at, into, (got) =>
      done(typeof got === 'number' ? this.#sum(into, at, got) : got),
    );
  }

  /** What is read from the begin to the end without a gap is checked before its last bytes are given. */
  #sum(into: Uint8Array, at: number, got: number): number | CodedError {
    if (this.index.verdict[this.entry] === SOUND || at !== this.#summed) return got;
    this.#crc = zlib().crc32(into.subarray(0, got), this.#crc);
    this.#summed += got;
    if (this.#summed < this.length) return got;
    return this.#crc === this.index.crc[this.entry] ? got : vfsErrors.LWS_ERR_VFS_ZIP_ENTRY;
  }
}

/** A deflated entry, unpacked: a small one at once, a large one as it is read. */
export class InflatedEntryFile extends EntryFile {
  #content: Uint8Array | undefined;
  #inflater: Inflater | undefined;
  /** The piece in hand, and where in the content it begins. */
  #piece: Uint8Array;
  #pieceAt: number;
  #crc: number;

  constructor(fops: FileOps, index: ZipIndex, entry: number, archive: FopsFile) {
    super(fops, index, entry, archive, false);
    this.#content = undefined;
    this.#inflater = undefined;
    this.#piece = new Uint8Array(0);
    this.#pieceAt = 0;
    this.#crc = 0;
  }

  protected fill(into: Uint8Array, done: Transferred): void {
    if (this.#content !== undefined) done(this.#copy(this.#content, 0, into));
    else if (isInline(this.index, this.entry)) this.#inflateWhole(into, done);
    else this.#fillFromStream(into, done);
  }

  protected override release(): void | PromiseLike<void> {
    this.#inflater?.destroy();
    return super.release();
  }

  /** It was read whole before, and was right. */
  #isSound(): boolean {
    return this.index.verdict[this.entry] === SOUND;
  }

  #inflateWhole(into: Uint8Array, done: Transferred): void {
    inflateWhole(this.index, this.entry, this.archive, (content) => {
      if (!(content instanceof Uint8Array)) {
        done(content);
        return;
      }
      this.#content = content;
      done(this.#copy(content, 0, into));
    });
  }

  #fillFromStream(into: Uint8Array, done: Transferred): void {
    if (this.#inflater === undefined || this.position < this.#pieceAt) this.#restart();
    if (this.position < this.#pieceAt + this.#piece.length) {
      done(this.#copy(this.#piece, this.#pieceAt, into));
      return;
    }
    this.#inflater?.next((piece) => {
      if (!(piece instanceof Uint8Array)) done(piece ?? vfsErrors.LWS_ERR_VFS_ZIP_ENTRY);
      else this.#take(piece, into, done);
    });
  }

  #take(piece: Uint8Array, into: Uint8Array, done: Transferred): void {
    this.#pieceAt += this.#piece.length;
    this.#piece = piece;
    if (!this.#isSound()) this.#crc = zlib().crc32(piece, this.#crc);
    const seen = this.#pieceAt + piece.length;
    if (seen > this.length) done(vfsErrors.LWS_ERR_VFS_ZIP_ENTRY);
    else if (seen < this.length) this.#fillFromStream(into, done);
    else this.#checkEnd(into, done);
  }

  /** The last piece is given when nothing comes after it and the checksum is right. */
  #checkEnd(into: Uint8Array, done: Transferred): void {
    this.#inflater?.next((more) => {
      if (more === undefined && (this.#isSound() || this.#crc === this.index.crc[this.entry]))
        this.#fillFromStream(into, done);
      else
        done(
          more instanceof Uint8Array
            ? vfsErrors.LWS_ERR_VFS_ZIP_ENTRY
            : (more ?? vfsErrors.LWS_ERR_VFS_ZIP_ENTRY),
        );
    });
  }

  #restart(): void {
    this.#inflater?.destroy();
    const { index, entry, archive } = this;
    this.#inflater = new Inflater(
      archive,
      index.data[entry] as number,
      index.packed[entry] as number,
    );
    this.#piece = new Uint8Array(0);
    this.#pieceAt = 0;
    this.#crc = 0;
  }

  #copy(from: Uint8Array, begin: number, into: Uint8Array): number {
    const at = this.position - begin;
    const piece = from.subarray(at, at + into.length);
    into.set(piece);
    return piece.length;
  }
}
