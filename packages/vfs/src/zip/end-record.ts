/**
 * The end of central directory record, with the one of zip64 where there is one (APPNOTE 4.3.14 to 4.3.16).
 * yauzl finds it; here its numbers are held against each other and against the archive's size.
 */
const END_BYTES = 22;
const LOCATOR_BYTES = 20;
const LOCATOR_SIGNATURE = 0x07064b50;
const ZIP64_END_SIGNATURE = 0x06064b50;
const ZIP64_END_BYTES = 56;
const UNKNOWN_16 = 0xffff;
const UNKNOWN_32 = 0xffff_ffff;

/** Where the central directory is. */
export interface CentralDirectory {
  readonly count: number;
  readonly start: number;
  readonly end: number;
  /** Bytes before the archive that its offsets do not count. */
  readonly prefix: number;
}

/**
 * Reads the records at the archive's end; a string says why they cannot be believed.
 *
 * @param tail the last bytes of the archive: the comment, 22 bytes and what can be had before them
 * @param size of the archive
 * @param commentBytes as yauzl found them
 * @param zip64End the 56 bytes at `zip64EndAt`, once they have been read
 */
export function readEndRecord(
  tail: Uint8Array,
  size: number,
  commentBytes: number,
  zip64End: Uint8Array | undefined,
): CentralDirectory | string {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const at = tail.length - END_BYTES - commentBytes;
  const recordAt = size - END_BYTES - commentBytes;
  const disk = view.getUint16(at + 4, true);
  const startDisk = view.getUint16(at + 6, true);
  const countHere = view.getUint16(at + 8, true);
  const count = view.getUint16(at + 10, true);
  const bytes = view.getUint32(at + 12, true);
  const start = view.getUint32(at + 16, true);
  if (!hasLocator(view, at)) {
    if (disk !== 0 || startDisk !== 0 || countHere !== count)
      return 'it is one of several volumes, or pretends to';
    return placed(count, start, bytes, recordAt, true);
  }
  if (zip64End === undefined || zip64End.length < ZIP64_END_BYTES)
    return 'its zip64 record lies outside of it';
  const wide = new DataView(zip64End.buffer, zip64End.byteOffset, ZIP64_END_BYTES);
  const wideAt = readWide(view, at - LOCATOR_BYTES + 8);
  if (wide.getUint32(0, true) !== ZIP64_END_SIGNATURE) return 'its zip64 record is none';
  if (wideAt + 12 + readWide(wide, 4) !== recordAt - LOCATOR_BYTES)
    return 'its zip64 record has another size than it says';
  if (wide.getUint32(16, true) !== 0 || wide.getUint32(20, true) !== 0)
    return 'it is one of several volumes, or pretends to';
  const wideCount = readWide(wide, 32);
  const wideBytes = readWide(wide, 40);
  const wideStart = readWide(wide, 48);
  const agree =
    readWide(wide, 24) === wideCount &&
    (count === UNKNOWN_16 || count === wideCount) &&
    (bytes === UNKNOWN_32 || bytes === wideBytes) &&
    (start === UNKNOWN_32 || start === wideStart);
  if (!agree) return 'its two end records contradict each other';
  return placed(wideCount, wideStart, wideBytes, wideAt, false);
}

/** Where the zip64 end record is said to be, or undefined when there is no locator of it. */
export function zip64EndAt(tail: Uint8Array, commentBytes: number): number | undefined {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const at = tail.length - END_BYTES - commentBytes;
  return hasLocator(view, at) ? readWide(view, at - LOCATOR_BYTES + 8) : undefined;
}

function hasLocator(view: DataView, endAt: number): boolean {
  return (
    endAt >= LOCATOR_BYTES && view.getUint32(endAt - LOCATOR_BYTES, true) === LOCATOR_SIGNATURE
  );
}

/** @param shift whether the directory may lie further back than it says, behind a prefix */
function placed(
  count: number,
  start: number,
  bytes: number,
  end: number,
  shift: boolean,
): CentralDirectory | string {
  const prefix = end - bytes - start;
  if (!Number.isSafeInteger(prefix) || prefix < 0 || (prefix > 0 && !shift))
    return 'its directory is not where it says';
  if (count > bytes / 46) return 'its directory is too short for its entries';
  return { count, start, end: start + bytes, prefix };
}

/** Beyond 2^53 it is no exact number any more, and no place in a file either. */
function readWide(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}
