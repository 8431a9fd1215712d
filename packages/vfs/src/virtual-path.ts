import type { CodedError } from '@lws-ts/interface';
import { vfsErrors } from './errors.ts';

const SLASH = 0x2f;
const BACKSLASH = 0x5c;
/** Names that Windows gives to devices, in every directory and with every suffix. */
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])$/i;
/** Alternate data streams, wildcards, short names, and endings that Windows takes off. */
const WINDOWS_REFUSED = /[:*?"<>|]|~[0-9]|[. ]$/;

/**
 * Why the peer's path cannot name a file inside a root, or undefined. It is judged as it is: nothing is
 * decoded, normalised or repaired here.
 *
 * @param windows whether the names of Windows are to be refused too
 */
export function virtualPathFault(path: string, windows: boolean): CodedError | undefined {
  for (let at = 0; at < path.length; at++) {
    const unit = path.charCodeAt(at);
    if (unit < 0x20 || unit === 0x7f || unit === BACKSLASH) return vfsErrors.LWS_ERR_VFS_NOT_FOUND;
    if (unit >= 0xd800 && unit <= 0xdfff) {
      const low = path.charCodeAt(at + 1);
      if (unit > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff))
        return vfsErrors.LWS_ERR_VFS_NOT_FOUND;
      at++;
    }
  }
  for (let start = 0; start <= path.length; ) {
    let end = path.indexOf('/', start);
    if (end < 0) end = path.length;
    const fault = segmentFault(path.slice(start, end), windows);
    if (fault !== undefined) return fault;
    start = end + 1;
  }
  return undefined;
}

/** The path of `virtualPath` below `root`. A trailing slash stays, so that a file is not taken for a directory. */
export function joinVirtual(root: string, virtualPath: string): string {
  let start = 0;
  while (virtualPath.charCodeAt(start) === SLASH) start++;
  const inside = virtualPath.slice(start);
  return root.endsWith('/') ? root + inside : `${root}/${inside}`;
}

/** The path without the slash at its end, where it has one. */
export function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** The name of what lies right below `prefix`, which ends in a slash or is empty; undefined of what does not. */
export function childName(path: string, prefix: string): string | undefined {
  if (!path.startsWith(prefix) || path.indexOf('/', prefix.length) >= 0) return undefined;
  return path.slice(prefix.length);
}

function segmentFault(segment: string, windows: boolean): CodedError | undefined {
  if (segment === '..') return vfsErrors.LWS_ERR_VFS_OUTSIDE;
  if (segment === '.') return vfsErrors.LWS_ERR_VFS_NOT_FOUND;
  if (!windows || segment === '') return undefined;
  const stem = segment.slice(0, segment.includes('.') ? segment.indexOf('.') : undefined).trimEnd();
  return WINDOWS_REFUSED.test(segment) || WINDOWS_DEVICE.test(stem)
    ? vfsErrors.LWS_ERR_VFS_NOT_FOUND
    : undefined;
}
