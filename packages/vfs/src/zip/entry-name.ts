import type { Entry } from 'yauzl';
import { yauzl } from '../late-yauzl.ts';

const LONGEST_NAME = 1024;
/** More than any tree needs; each level costs a place in the index. */
const DEEPEST = 64;
const UTF8_FLAG = 0x0800;
const UNICODE_PATH = 0x7075;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The name an entry can be asked for by, or undefined when nothing may be called so. */
export function entryName(entry: Entry): string | undefined {
  const raw = entry.fileNameRaw;
  if (raw.length === 0 || raw.length > LONGEST_NAME) return undefined;
  const name = decode(entry, raw);
  return name !== undefined && isUsable(name) ? name : undefined;
}

function decode(entry: Entry, raw: Buffer): string | undefined {
  const unicodePath = entry.extraFields.some((field) => field.id === UNICODE_PATH);
  if (!unicodePath && isAscii(raw)) return raw.toString('latin1');
  if (!unicodePath) {
    const name = readUtf8(raw);
    // Many archivers write UTF-8 and do not say so; what is no UTF-8 and does not claim to be is code page 437.
    if (name !== undefined || (entry.generalPurposeBitFlag & UTF8_FLAG) !== 0) return name;
  }
  const { generalPurposeBitFlag: flags, extraFields } = entry;
  const name = yauzl().getFileNameLowLevel(flags, raw, extraFields, true);
  return name.includes('\ufffd') ? undefined : name;
}

function readUtf8(raw: Buffer): string | undefined {
  try {
    return utf8.decode(raw);
  } catch {
    return undefined;
  }
}

function isAscii(raw: Buffer): boolean {
  for (let at = 0; at < raw.length; at++) if ((raw[at] as number) > 0x7f) return false;
  return true;
}

/** A relative path below the archive's root, with a slash at its end for a directory. */
function isUsable(name: string): boolean {
  let depth = 0;
  let start = 0;
  for (let at = 0; at < name.length; at++) {
    const unit = name.charCodeAt(at);
    if (unit < 0x20 || unit === 0x7f || unit === 0x5c) return false;
    if (unit !== 0x2f) continue;
    if (!isSegment(name, start, at)) return false;
    start = at + 1;
    depth += 1;
  }
  if (start < name.length && !isSegment(name, start, name.length)) return false;
  return depth <= DEEPEST && !(name.charCodeAt(1) === 0x3a && /^[a-z]/i.test(name));
}

function isSegment(name: string, start: number, end: number): boolean {
  const length = end - start;
  if (length === 0 || length > 255 * 3) return false;
  if (name.charCodeAt(start) !== 0x2e) return true;
  return length > 2 || (length === 2 && name.charCodeAt(start + 1) !== 0x2e);
}
