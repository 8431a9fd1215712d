import type { CodedError } from '@lws-ts/interface';
import { mountErrors } from './errors.ts';
import type { FileMount, MountCommon } from './mount.ts';

const DOT = 0x2e;
const WELL_KNOWN = '.well-known';

/** The part of a request path that lies below the mountpoint: empty, or with a slash at its begin. */
export function pathBelow(mount: MountCommon, path: string): string {
  return mount.mountpoint === '/' ? path : path.slice(mount.mountpoint.length);
}

/**
 * Why `below` is not looked for, or undefined. http has normalised paths before they come here; one that
 * is not normalised all the same is refused, never repaired.
 */
export function pathRefusal(mount: FileMount, below: string): CodedError | undefined {
  for (let start = 1; start < below.length; ) {
    let end = below.indexOf('/', start);
    if (end < 0) end = below.length;
    if (end === start) return mountErrors.LWS_ERR_MOUNT_PATH;
    if (below.charCodeAt(start) === DOT) {
      const name = below.slice(start, end);
      if (name === '.' || name === '..') return mountErrors.LWS_ERR_MOUNT_PATH;
      // RFC 8615: its place is the root of the URL space, nowhere else.
      const wellKnown = name === WELL_KNOWN && start === 1 && mount.mountpoint === '/';
      if (!mount.dotFiles && !wellKnown) return mountErrors.LWS_ERR_MOUNT_DOT_FILE;
    }
    start = end + 1;
  }
  return undefined;
}
