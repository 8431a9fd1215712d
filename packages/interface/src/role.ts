import type { HttpExchange, UpgradeAnswer } from './http.ts';
import type { RoleHost, RoleState } from './role-host.ts';

/** A kind of connection a module brings: raw, HTTP/1.1, WebSocket. */
export interface Role {
  readonly name: string;
  /** An accepted connection starts in the vhost's `firstRole`; by default the first in `use` that has this. */
  accept?(host: RoleHost): RoleState;
  /** Asked in `use` order after the mount of the path. Undefined: not mine. Runs before any byte is sent. */
  acceptUpgrade?(exchange: HttpExchange): UpgradeAnswer | undefined;
  /** Raw fallback: the head parser gave up on `seen` (at most 1 KiB). */
  acceptFallback?(host: RoleHost, seen: Uint8Array): RoleState | undefined;
  connect?(host: RoleHost, options: Readonly<Record<string, unknown>>): RoleState;
}
