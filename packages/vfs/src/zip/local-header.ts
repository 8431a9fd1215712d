import type { CodedError, FopsFile } from '@lws-ts/interface';
import { vfsErrors } from '../errors.ts';
import { readExactly, readFully } from '../read-fully.ts';
import { FAULT_LOCAL, FAULT_NONE, LOCAL_HEADER_BYTES } from './entry-fault.ts';
import type { ZipIndex } from './zip-index.ts';

const LOCAL_SIGNATURE = 0x04034b50;
const RECORD_BYTES = 46;
/** APPNOTE 4.4.4: bits 1 and 2 tell how well it was compressed, and nothing else. */
const LEVEL_FLAGS = 0x0006;
/** The sizes stand behind the data instead. */
const DESCRIPTOR_FLAG = 0x0008;
const UNKNOWN_32 = 0xffff_ffff;

/**
 * Compares an entry's local header with its directory record, once for an index, and finds where its data
 * begins. What contradicts is kept as the entry's fault.
 */
export function readLocalHeader(
  index: ZipIndex,
  entry: number,
  archive: FopsFile,
  done: (error: CodedError | undefined) => void,
): void {
  if (index.data[entry] !== 0 || index.fault[entry] !== FAULT_NONE) {
    done(undefined);
    return;
  }
  const short = vfsErrors.LWS_ERR_VFS_ZIP_CHANGED;
  const nameBytes = index.nameBytes[entry] as number;
  const recordAt = index.directoryStart + (index.record[entry] as number);
  const record = new Uint8Array(RECORD_BYTES + nameBytes);
  readExactly(archive, recordAt, record, short, (error) => {
    if (error !== undefined) {
      done(error);
      return;
    }
    const local = new Uint8Array(LOCAL_HEADER_BYTES + nameBytes);
    readFully(archive, index.offset[entry] as number, local, (got) => {
      if (typeof got !== 'number') {
        done(got);
        return;
      }
      const data = got === local.length ? dataStart(index, entry, record, local) : 0;
      if (data === 0) index.fault[entry] = FAULT_LOCAL;
      else index.data[entry] = data;
      done(undefined);
    });
  });
}

/** Where the data begins; 0 when the two contradict each other. */
function dataStart(index: ZipIndex, entry: number, record: Uint8Array, local: Uint8Array): number {
  const view = new DataView(local.buffer, local.byteOffset, local.byteLength);
  const flags = index.flags[entry] as number;
  const packed = index.packed[entry] as number;
  const nameBytes = index.nameBytes[entry] as number;
  if (view.getUint32(0, true) !== LOCAL_SIGNATURE) return 0;
  if ((view.getUint16(6, true) & ~LEVEL_FLAGS) !== (flags & ~LEVEL_FLAGS)) return 0;
  if (view.getUint16(8, true) !== index.method[entry]) return 0;
  if ((flags & DESCRIPTOR_FLAG) === 0) {
    if (view.getUint32(14, true) !== index.crc[entry]) return 0;
    if (differs(view.getUint32(18, true), packed)) return 0;
    if (differs(view.getUint32(22, true), index.unpacked[entry] as number)) return 0;
  }
  if (view.getUint16(26, true) !== nameBytes) return 0;
  for (let at = 0; at < nameBytes; at++)
    if (local[LOCAL_HEADER_BYTES + at] !== record[RECORD_BYTES + at]) return 0;
  const start = (index.offset[entry] as number) + LOCAL_HEADER_BYTES + nameBytes;
  const data = start + view.getUint16(28, true);
  return data + packed <= index.boundOf(entry) ? data : 0;
}

function differs(local: number, central: number): boolean {
  return local !== UNKNOWN_32 && local !== central;
}
