import { interfaceErrors, LwsError } from '@lws-ts/interface';
import { mountErrors } from './errors.ts';
import type { ResolvedMount } from './mount.ts';
import { MountTable } from './mount-table.ts';
import { readMount } from './read-mount.ts';

/**
 * Reads the vhost option `mounts`.
 *
 * @param nextId gives each mount of a context a number of its own
 * @throws what {@link readMount} throws, and `LWS_ERR_MOUNT_TWICE`
 */
export function checkMounts(value: unknown, name: string, nextId: () => number): MountTable {
  if (!Array.isArray(value))
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name} is not a list of mounts`);
  const mounts: ResolvedMount[] = [];
  for (const [at, given] of value.entries()) {
    const of = `${name}[${at}]`;
    if (typeof given !== 'object' || given === null)
      throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${of} is not a mount`);
    const mount = readMount({ ...given }, of, nextId());
    if (mounts.some((other) => collide(mount, other)))
      throw new LwsError(mountErrors.LWS_ERR_MOUNT_TWICE, `${of} is at ${mount.mountpoint}`);
    mounts.push(mount);
  }
  return new MountTable(mounts);
}

/** One request could be for both. */
function collide(one: ResolvedMount, other: ResolvedMount): boolean {
  if (one.mountpoint !== other.mountpoint || one.exactMatch !== other.exactMatch) return false;
  const { methods } = other;
  if (one.methods === undefined || methods === undefined) return true;
  return one.methods.some((method) => methods.includes(method));
}
