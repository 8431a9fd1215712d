import type { HttpExchange, UpgradeAnswer } from './http.ts';
import type { BoundProtocol } from './protocol.ts';
import type { ClientRoleState, DialTarget, RoleHost, RoleState } from './role-host.ts';

/** Where a client connection goes, read from a URL. */
export interface ClientTarget extends DialTarget {
  /** In lower case, without the colon. */
  readonly scheme: string;
  /** The scheme stands for TLS. */
  readonly secure: boolean;
  /** Host, and port where it is not the scheme's own: the Host field. */
  readonly authority: string;
  /** Path and query, as a request line has it. */
  readonly path: string;
  /** `user:password` of the URL, decoded; empty for none. */
  readonly credentials: string;
}

/** One call of `context.connect`, as the role that takes it sees it. */
export interface ConnectCall {
  readonly target: ClientTarget;
  /** Resolved, those of modules included. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The protocol the call names; else what the role finds, else the vhost's first. */
  readonly localProtocol: BoundProtocol | undefined;
}

/** A kind of connection a module brings: raw, HTTP/1.1, WebSocket. */
export interface Role {
  readonly name: string;
  /** An accepted connection starts in the vhost's `firstRole`; by default the first in `use` that has this. */
  accept?(host: RoleHost): RoleState;
  /** Asked in `use` order after the mount of the path. Undefined: not mine. Runs before any byte is sent. */
  acceptUpgrade?(exchange: HttpExchange): UpgradeAnswer | undefined;
  /** Raw fallback: the head parser gave up on `seen` (at most 1 KiB). */
  acceptFallback?(host: RoleHost, seen: Uint8Array): RoleState | undefined;
  /** The schemes of the URLs it connects to, in lower case, without the colon. */
  readonly schemes?: readonly string[];
  /** A connection on its way out; throws to refuse the options, before anything is opened. */
  connect?(host: RoleHost, call: ConnectCall): ClientRoleState;
}
