import { encodePath } from '../location.ts';
import type { ProxyMount } from '../mount.ts';
import { pathBelow } from '../mounted-path.ts';
import type { ProxiedPlace } from './answer-fields.ts';

/** Path and query for the upstream, written anew from what was read of them. */
export function proxiedPath(mount: ProxyMount, path: string, query: string): string {
  const whole = mount.origin.base + encodePath(pathBelow(mount, path));
  return (whole === '' ? '/' : whole) + (query === '' ? '' : `?${query}`);
}

export function placeOf({ origin, mountpoint }: ProxyMount): ProxiedPlace {
  return { target: origin.target, base: origin.base, mountpoint };
}
