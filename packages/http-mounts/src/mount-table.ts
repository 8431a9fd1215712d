import { isAbsolute, relative, resolve, sep } from 'node:path';
import { allowedMethods } from '@lws-ts/http/framing';
import type { FileMount, ResolvedMount } from './mount.ts';

/** What mounts of files answer. */
export const fileMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

const SLASH = 0x2f;

/** The mounts of one vhost. What is kept as its option `mounts`. */
export class MountTable {
  /** Longest mountpoint first; of one length those for it alone. */
  readonly mounts: readonly ResolvedMount[];
  /** One of them has limits of its own. */
  readonly limited: boolean;
  /** Files that say who may log in. */
  readonly loginFiles: readonly string[];
  /** Those of them that lie in a mount, by mount and virtual path. */
  readonly #logins: ReadonlySet<string>;

  constructor(mounts: readonly ResolvedMount[]) {
    this.mounts = mounts.toSorted(
      (one, other) =>
        other.mountpoint.length - one.mountpoint.length ||
        Number(other.exactMatch) - Number(one.exactMatch),
    );
    this.limited = mounts.some(({ limits }) => limits !== undefined);
    this.loginFiles = mounts.flatMap(({ login }) => (login === undefined ? [] : [login.path]));
    this.#logins = new Set(loginsBelow(mounts, this.loginFiles));
  }

  /** Whether a file of a mount says who may log in somewhere: it is nobody's to read. */
  hides(mount: FileMount, virtualPath: string): boolean {
    return this.#logins.size > 0 && this.#logins.has(mount.id + virtualPath);
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

  /** The methods that some mount of `path` answers. Empty: there is none. */
  allowed(path: string): readonly string[] {
    const methods = new Set<string>();
    for (const mount of this.mounts) {
      if (!holds(mount, path)) continue;
      for (const method of methodsOf(mount)) methods.add(method);
      // whatever is left over is its, and nothing comes to a shorter one
      if (mount.methods === undefined) break;
    }
    return [...methods];
  }
}

function methodsOf({ kind, methods }: ResolvedMount): readonly string[] {
  if (methods !== undefined) return methods;
  return kind === 'file' ? fileMethods : allowedMethods.split(', ');
}

/** The login files of all mounts that lie in the origin of one, as that one has them. */
function* loginsBelow(
  mounts: readonly ResolvedMount[],
  logins: readonly string[],
): Generator<string> {
  const files = logins.map((login) => resolve(login));
  for (const mount of mounts) {
    if (mount.kind !== 'file') continue;
    for (const file of files) {
      const below = relative(mount.root, file);
      if (below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below)) continue;
      yield mount.id + (below === '' ? '' : `/${below.split(sep).join('/')}`);
    }
  }
}

function holds(mount: ResolvedMount, path: string): boolean {
  const { mountpoint } = mount;
  if (!path.startsWith(mountpoint)) return false;
  if (path.length === mountpoint.length) return true;
  if (mount.exactMatch) return false;
  return mountpoint.length === 1 || path.charCodeAt(mountpoint.length) === SLASH;
}
