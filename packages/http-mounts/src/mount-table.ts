import { interfaceErrors, LwsError } from '@lws-ts/interface';
import { mountErrors } from './errors.ts';
import { type FileMount, readMount } from './mount.ts';

const SLASH = 0x2f;

/** The mounts of one vhost. What is kept as its option `mounts`. */
export class MountTable {
  /** Longest mountpoint first. */
  readonly mounts: readonly FileMount[];

  constructor(mounts: readonly FileMount[]) {
    this.mounts = mounts.toSorted((one, other) => other.mountpoint.length - one.mountpoint.length);
  }

  /** The mount with the longest mountpoint that `path` is in; `/foobar` is not in `/foo`. */
  find(path: string): FileMount | undefined {
    for (const mount of this.mounts) {
      const { mountpoint } = mount;
      if (!path.startsWith(mountpoint)) continue;
      if (path.length === mountpoint.length || mountpoint.length === 1) return mount;
      if (path.charCodeAt(mountpoint.length) === SLASH) return mount;
    }
    return undefined;
  }
}

/**
 * Reads the vhost option `mounts`.
 *
 * @param nextId gives each mount of a context a number of its own
 * @throws what {@link readMount} throws, and `LWS_ERR_MOUNT_TWICE`
 */
export function checkMounts(value: unknown, name: string, nextId: () => number): MountTable {
  if (!Array.isArray(value))
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name} is not a list of mounts`);
  const seen = new Set<string>();
  const mounts = value.map((given: unknown, at) => {
    const of = `${name}[${at}]`;
    if (typeof given !== 'object' || given === null)
      throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${of} is not a mount`);
    const mount = readMount({ ...given }, of, nextId());
    if (seen.has(mount.mountpoint))
      throw new LwsError(mountErrors.LWS_ERR_MOUNT_TWICE, `${of} is at ${mount.mountpoint}`);
    seen.add(mount.mountpoint);
    return mount;
  });
  return new MountTable(mounts);
}
