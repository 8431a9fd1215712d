/** The content of an entry read whole: checked against checksum and size, and kept when it is small. */

import type { CodedError, FopsFile } from '@lws-ts/interface';
import { vfsErrors } from '../errors.ts';
import { zlib } from '../node-zlib.ts';
import { readExactly } from '../read-fully.ts';
import { FAULT_CONTENT, METHOD_DEFLATED } from './entry-fault.ts';
import { Inflater } from './inflater.ts';
import { SOUND, type ZipIndex } from './zip-index.ts';

/** Up to so many bytes, packed and unpacked, an entry is unpacked in one go. */
export const INLINE_BYTES = 256 * 1024;
const PIECE_BYTES = 256 * 1024;

type Checked = (error: CodedError | undefined) => void;

/** Reads an entry once to know whether it is what its record says; the verdict is kept in the index. */
export function verifyEntry(
  index: ZipIndex,
  entry: number,
  archive: FopsFile,
  done: Checked,
): void {
  const check = (error: CodedError | undefined): void => {
    if (error === undefined) index.verdict[entry] = SOUND;
    else if (error.code === 'LWS_ERR_VFS_ZIP_ENTRY') index.fault[entry] = FAULT_CONTENT;
    done(error);
  };
  if (index.method[entry] !== METHOD_DEFLATED) verifyStored(index, entry, archive, 0, 0, check);
  else if (isInline(index, entry))
    inflateWhole(index, entry, archive, (content) =>
      check(content instanceof Uint8Array ? undefined : content),
    );
  else verifyDeflated(index, entry, archive, check);
}

export function isInline(index: ZipIndex, entry: number): boolean {
  return Math.max(index.packed[entry] as number, index.unpacked[entry] as number) <= INLINE_BYTES;
}

/** The content of a deflated entry, checked. */
export function inflateWhole(
  index: ZipIndex,
  entry: number,
  archive: FopsFile,
  done: (content: Uint8Array | CodedError) => void,
): void {
  const packed = new Uint8Array(index.packed[entry] as number);
  const changed = vfsErrors.LWS_ERR_VFS_ZIP_CHANGED;
  readExactly(archive, index.data[entry] as number, packed, changed, (error) => {
    done(error ?? inflateNow(index, entry, packed));
  });
}

function inflateNow(index: ZipIndex, entry: number, packed: Uint8Array): Uint8Array | CodedError {
  const length = index.unpacked[entry] as number;
  try {
    const { buffer, engine } = zlib().inflateRawSync(packed, {
      info: true,
      maxOutputLength: Math.max(length, 1),
      // One piece more than there is: zlib need not ask for room to find the end.
      chunkSize: Math.max(length + 1, 64),
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    const right =
      engine.bytesWritten === packed.length &&
      buffer.length === length &&
      (index.verdict[entry] === SOUND || zlib().crc32(buffer) === index.crc[entry]);
    return right
      ? new Uint8Array(buffer.buffer, buffer.byteOffset, length)
      : vfsErrors.LWS_ERR_VFS_ZIP_ENTRY;
  } catch {
    return vfsErrors.LWS_ERR_VFS_ZIP_ENTRY;
  }
}

function verifyStored(
  index: ZipIndex,
  entry: number,
  archive: FopsFile,
  from: number,
  sum: number,
  done: Checked,
): void {
  const length = index.unpacked[entry] as number;
  const piece = new Uint8Array(Math.min(PIECE_BYTES, length - from));
  const at = (index.data[entry] as number) + from;
  readExactly(archive, at, piece, vfsErrors.LWS_ERR_VFS_ZIP_CHANGED, (error) => {
    if (error !== undefined) {
      done(error);
      return;
    }
    const crc = zlib().crc32(piece, sum);
    const next = from + piece.length;
    // Other connections have their turn between two pieces.
    if (next < length) setImmediate(verifyStored, index, entry, archive, next, crc, done);
    else done(crc === index.crc[entry] ? undefined : vfsErrors.LWS_ERR_VFS_ZIP_ENTRY);
  });
}

function verifyDeflated(index: ZipIndex, entry: number, archive: FopsFile, done: Checked): void {
  const length = index.unpacked[entry] as number;
  const start = index.data[entry] as number;
  const inflater = new Inflater(archive, start, index.packed[entry] as number);
  let crc = 0;
  let seen = 0;
  const end = (error: CodedError | undefined): void => {
    inflater.destroy();
    done(error);
  };
  const take = (piece: Uint8Array | undefined | CodedError): void => {
    if (piece === undefined)
      end(
        seen === length && crc === index.crc[entry] ? undefined : vfsErrors.LWS_ERR_VFS_ZIP_ENTRY,
      );
    else if (!(piece instanceof Uint8Array)) end(piece);
    else {
      seen += piece.length;
      crc = zlib().crc32(piece, crc);
      if (seen > length) end(vfsErrors.LWS_ERR_VFS_ZIP_ENTRY);
      else setImmediate(() => inflater.next(take));
    }
  };
  inflater.next(take);
}
