import type { HttpExchange, UpgradeAnswer } from './http.ts';
import type { BoundProtocol } from './protocol.ts';
import type {
  AdoptedRoleState,
  ClientRoleState,
  DialTarget,
  RoleHost,
  RoleState,
} from './role-host.ts';
import type { VhostView } from './vhost.ts';

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

/** What a role takes of connections that begin as another one's. */
export interface RoleFallback {
  /** A connection whose first bytes are no method of HTTP: they follow by `rx`. */
  accept(host: RoleHost): RoleState;
  /** One that said nothing in so many seconds, or but the start of a method, is taken too; 0: never. */
  readonly silenceSecs: number;
}

/** A descriptor or stream that the program brought along, for a protocol that it names. */
export interface Adoption {
  readonly protocol: BoundProtocol;
  /** It is a file, a FIFO, a pipe or a terminal. */
  readonly file: boolean;
}

/** A kind of connection a module brings: raw, HTTP/1.1, WebSocket. */
export interface Role {
  readonly name: string;
  /** An accepted connection starts in the vhost's `firstRole`; by default the first in `use` that has this. */
  accept?(host: RoleHost): RoleState;
  /** True: accepted connections of the vhost are its, whatever stands before it in `use`. */
  comesFirst?(vhost: VhostView): boolean;
  /** Asked in `use` order after the mount of the path. Undefined: not mine. Runs before any byte is sent. */
  acceptUpgrade?(exchange: HttpExchange): UpgradeAnswer | undefined;
  /** Asked once for each vhost. Undefined: of its connections that begin as HTTP it takes none, nor CONNECT requests. */
  fallback?(vhost: VhostView): RoleFallback | undefined;
  /** Throws when the protocol has no handlers for it, before anything is opened. */
  adopt?(adoption: Adoption): (host: RoleHost) => AdoptedRoleState;
  /** The schemes of the URLs it connects to, in lower case, without the colon. */
  readonly schemes?: readonly string[];
  /** A connection on its way out; throws to refuse the options, before anything is opened. */
  connect?(host: RoleHost, call: ConnectCall): ClientRoleState;
}
