import type { Entry } from 'yauzl';

/** Why an entry is not served; the place in the list is what the index keeps. */
export const ENTRY_FAULTS = [
  undefined,
  'its directory record is damaged',
  'it is encrypted',
  'its compression method is neither stored nor deflated',
  'it is a link or a device',
  'its sizes contradict each other',
  'its data lies outside of the archive',
  'it overlaps another entry',
  'its name is there twice',
  'its local header says something else',
  'its content is not what its checksum and size say',
] as const;

export const FAULT_NONE = 0;
export const FAULT_RECORD = 1;
export const FAULT_ENCRYPTED = 2;
export const FAULT_METHOD = 3;
export const FAULT_LINK = 4;
export const FAULT_SIZES = 5;
export const FAULT_OUTSIDE = 6;
export const FAULT_OVERLAP = 7;
export const FAULT_TWICE = 8;
export const FAULT_LOCAL = 9;
export const FAULT_CONTENT = 10;

export const METHOD_STORED = 0;
export const METHOD_DEFLATED = 8;
/** APPNOTE 4.4.4: bit 0 encryption, bit 6 strong encryption, bit 13 a masked directory. */
export const ENCRYPTION_FLAGS = 0x2041;
export const LOCAL_HEADER_BYTES = 30;

/** RFC 1951: a match of 258 bytes takes two bits at least. */
const MOST_RATIO = 1032;
const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const DIRECTORY = 0o040000;

/** What is wrong with an entry by what its directory record says alone. */
export function entryFault(entry: Entry, name: string, directoryStart: number): number {
  const { compressedSize, uncompressedSize, compressionMethod: method } = entry;
  if ((entry.generalPurposeBitFlag & ENCRYPTION_FLAGS) !== 0) return FAULT_ENCRYPTED;
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
  const usual = name.endsWith('/') ? DIRECTORY : REGULAR;
  if (type !== 0 && type !== usual) return FAULT_LINK;
  if (method !== METHOD_STORED && method !== METHOD_DEFLATED) return FAULT_METHOD;
  if (method === METHOD_STORED && compressedSize !== uncompressedSize) return FAULT_SIZES;
  if (method === METHOD_DEFLATED && uncompressedSize > compressedSize * MOST_RATIO)
    return FAULT_SIZES;
  const least = LOCAL_HEADER_BYTES + entry.fileNameLength + compressedSize;
  return entry.relativeOffsetOfLocalHeader + least <= directoryStart ? FAULT_NONE : FAULT_OUTSIDE;
}
