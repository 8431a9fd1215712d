import type { ResolvedMount } from './mount.ts';

const SLASH = 0x2f;

/** The mounts of one vhost. What is kept as its option `mounts`. */
export class MountTable {
  /** Longest mountpoint first; of one length those for it alone. */
  readonly mounts: readonly ResolvedMount[];
  /** One of them has limits of its own. */
  readonly limited: boolean;

  constructor(mounts: readonly ResolvedMount[]) {
    this.mounts = mounts.toSorted(
      (one, other) =>
        other.mountpoint.length - one.mountpoint.length ||
        Number(other.exactMatch) - Number(one.exactMatch),
    );
    this.limited = mounts.some(({ limits }) => limits !== undefined);
  }

  /** The mount for `method` with the longest mountpoint that `path` is in; `/foobar` is not in `/foo`. */
  find(path: string, method: string): ResolvedMount | undefined {
    for (let each = 0; each < this.mounts.length; each++) {
      const mount = this.mounts[each] as ResolvedMount;
      if (!holds(mount, path)) continue;
      if (mount.methods === undefined || mount.methods.includes(method)) return mount;
    }
    return undefined;
  }

  /** The methods of all mounts that `path` is in. Empty: there is none. */
  allowed(path: string): readonly string[] {
    const methods = new Set<string>();
    for (const mount of this.mounts)
      if (holds(mount, path)) for (const method of mount.methods ?? []) methods.add(method);
    return [...methods];
  }
}

function holds(mount: ResolvedMount, path: string): boolean {
  const { mountpoint } = mount;
  if (!path.startsWith(mountpoint)) return false;
  if (path.length === mountpoint.length) return true;
  if (mount.exactMatch) return false;
  return mountpoint.length === 1 || path.charCodeAt(mountpoint.length) === SLASH;
}
