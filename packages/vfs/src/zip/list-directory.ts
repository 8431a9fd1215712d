import type { FopsEntry } from '@lws-ts/interface';
import { childName } from '../virtual-path.ts';
import { dosTime } from './dos-time.ts';
import { FAULT_NONE } from './entry-fault.ts';
import type { ZipIndex } from './zip-index.ts';

/** Whether an archive has a directory of that name; the empty one is the archive itself. */
export function hasDirectory(index: ZipIndex, directory: string): boolean {
  return directory === '' || index.directories.has(directory);
}

/** What a directory of an archive has, at most `most` of it; entries that are refused are not shown. */
export function listDirectory(index: ZipIndex, directory: string, most: number): FopsEntry[] {
  const prefix = directory === '' ? '' : `${directory}/`;
  const entries: FopsEntry[] = [];
  for (const path of index.directories) {
    if (entries.length >= most) return entries;
    const name = childName(path, prefix);
    if (name !== undefined) entries.push({ name, directory: true, length: 0, modTime: undefined });
  }
  for (const [path, entry] of index.names) {
    if (entries.length >= most) return entries;
    const name = index.fault[entry] === FAULT_NONE ? childName(path, prefix) : undefined;
    if (name === undefined) continue;
    const modTime = dosTime(index.dosTime[entry] as number);
    entries.push({ name, directory: false, length: index.unpacked[entry] as number, modTime });
  }
  return entries;
}
