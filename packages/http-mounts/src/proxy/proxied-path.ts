import type { HttpRequest } from '@lws-ts/interface';
import type { ProxyMount } from '../mount.ts';
import { sentBelow } from '../sent-below.ts';
import type { ProxiedPlace } from './answer-fields.ts';

/** Path and query for the upstream, written anew from what was read of them. */
export function proxiedPath(mount: ProxyMount, request: HttpRequest): string {
  const whole = mount.origin.base + sentBelow(mount, request);
  return (whole === '' ? '/' : whole) + (request.query === '' ? '' : `?${request.query}`);
}

export function placeOf({ origin, mountpoint }: ProxyMount): ProxiedPlace {
  return { target: origin.target, base: origin.base, mountpoint };
}
