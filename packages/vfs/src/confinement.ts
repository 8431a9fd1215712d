/**
 * Where an open descriptor really lies. The check is made on the descriptor, after opening: whoever swaps
 * a directory for a symlink between a check and an open gains nothing.
 */
import { fstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { sep } from 'node:path';

/**
 * Whether what `fd` has open lies in `root`, symlinks of both resolved.
 *
 * @param asked the path it was opened by
 * @param locate replaced in tests, to try what platforms without `/proc` do
 */
export function liesInside(
  fd: number,
  asked: string,
  root: string,
  locate: (fd: number, asked: string) => string | undefined = locateOpened,
): boolean {
  const real = locate(fd, asked);
  if (real === undefined) return false;
  const realRoot = realpathSync.native(root);
  return real === realRoot || real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep);
}

/** The real path of an open descriptor: from the kernel where it tells, by identity elsewhere. */
export function locateOpened(fd: number, asked: string): string | undefined {
  if (process.platform === 'linux')
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // No /proc here, as in some sandboxes.
    }
  return locateByIdentity(fd, asked);
}

/** The real path of `asked`, when the file there is the one that is open; undefined when it was swapped. */
export function locateByIdentity(fd: number, asked: string): string | undefined {
  const real = realpathSync.native(asked);
  const there = statSync(real, { bigint: true });
  const opened = fstatSync(fd, { bigint: true });
  const same = there.ino === opened.ino && there.dev === opened.dev;
  return same && realpathSync.native(asked) === real ? real : undefined;
}
