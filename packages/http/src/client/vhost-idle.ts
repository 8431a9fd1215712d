import type { Clock, VhostView } from '@lws-ts/interface';
import { IdleTransports } from './idle-transports.ts';

const idle = new WeakMap<VhostView, IdleTransports>();

/** The idle connections of a vhost's clients, whoever makes the requests. */
export function idleTransportsOf(vhost: VhostView, clock: Clock): IdleTransports {
  const known = idle.get(vhost);
  if (known !== undefined) return known;
  const made = new IdleTransports(clock);
  idle.set(vhost, made);
  return made;
}

/** The vhost is over. */
export function closeIdleTransports(vhost: VhostView): void {
  idle.get(vhost)?.close();
}
