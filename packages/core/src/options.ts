import {
  type AnyModule,
  type AnyProtocol,
  type Clock,
  interfaceErrors,
  LwsError,
  type ModuleContextOptions,
  type ModuleVhostOptions,
  type OptionRules,
  protocolDefinition,
} from '@lws-ts/interface';
import { nodeLoop } from './node-loop.ts';
import type { EventLoop } from './service-loop.ts';
import { systemClock } from './system-clock.ts';

/** Options that core itself knows of a context. */
export interface CoreContextOptions {
  /** The time the loop sees. Default: the machine's. */
  readonly clock?: Clock;
  /**
   * Whose loop it runs in: Node's, or one that the program drives, by `externalLoop()`.
   *
   * @defaultValue nodeLoop()
   */
  readonly loop?: EventLoop;
  /**
   * Output of one connection in one turn, with what its transport still holds, over which it is choked:
   * bytes, 4 KiB to 1 MiB.
   *
   * @defaultValue 65536
   */
  readonly txBudget?: number;
  /**
   * Output that all connections may keep for peers that do not read it, with their transports, in outboxes and of long
   * messages on their way through an extension: bytes, 0 to 2^53 - 1;
   * 0 is a quarter of the memory that the process may have. Over it connections are cut until it fits, first
   * those whose output has waited longest. What many connections share, such as a prepared message over 16 KiB,
   * does not count.
   *
   * @defaultValue 0
   */
  readonly maxOutputBytesTotal?: number;
  /**
   * Input that all connections may keep: what is parked while a program takes nothing, unfinished heads of requests
   * that have no header table, messages that are being put together or inflated (as they came, and as they came
   * out), and what a `FormReader` or the program keeps of a body and tells by `holdsMore`: bytes, 0 to 2^53 - 1; 0 is
   * a quarter of the memory that the process may have. Over it connections are cut until it fits, first those that
   * have kept some for the longest.
   *
   * @defaultValue 0
   */
  readonly maxInputBytesTotal?: number;
  /**
   * Most connections at a time, 0 to 2^31 - 1; 0: as many as the process may open descriptors when the context is
   * made, less those that it holds and `fdReserve`. That figure holds where this one is larger. One more is refused
   * as `whenFull` says. What modules open beside connections counts too: three pipes for each script.
   * lws: fd_limit_per_thread
   *
   * @defaultValue 0
   */
  readonly fdLimitPerThread?: number;
  /** Descriptors that connections leave free for files and what else the program opens, 0 to 65536. @defaultValue 64 */
  readonly fdReserve?: number;
  /**
   * What happens to a connection that there is no descriptor for: `'refuse'` accepts and resets it, so that it
   * learns of it at once; `'stop-listening'` closes the listeners until there is room, so that it is refused by the
   * system, or by whoever else listens there.
   *
   * @defaultValue 'refuse'
   */
  readonly whenFull?: 'refuse' | 'stop-listening';
  /**
   * TCP keepalive on accepted connections and those of clients, after that many idle seconds, 0 to 32767; 0 is off.
   * lws: ka_time
   *
   * @defaultValue 0
   */
  readonly kaTime?: number;
  /**
   * Probes without an answer after which the system cuts a connection, 0 to 127; 0 is 10. Node.js before 24.21 sends
   * 10 whatever is said here, of which the log tells once. lws: ka_probes
   *
   * @defaultValue 0
   */
  readonly kaProbes?: number;
  /** Seconds between two probes, 0 to 32767; 0 is 1, and Node.js before 24.21 takes 1. lws: ka_interval @defaultValue 0 */
  readonly kaInterval?: number;
  /**
   * Accepted sockets read into one buffer for all, which takes less CPU for short messages one at a time and for
   * long ones, and more for many of about 1 KiB, which are copied then. It stands on what Node.js does not document,
   * is looked for before it is used, and does nothing where it is not there.
   *
   * @defaultValue false
   */
  readonly fastRead?: boolean;
}

/** Options that core itself knows of a vhost. */
export interface CoreVhostOptions {
  /** Matched against Host and SNI. lws: vhost_name @defaultValue 'default' */
  readonly name?: string;
  /**
   * Port to listen on; 0: the system chooses; -1: none, for adopted connections. Vhosts of the same port and
   * interface share one listener, those of port 0 too. lws: port
   *
   * @defaultValue 0
   */
  readonly port?: number;
  /** Address or name of the interface to listen on. lws: iface @defaultValue all interfaces */
  readonly interface?: string;
  /** `interface` is the path of a unix socket, and `port` means nothing. lws: LWS_SERVER_OPTION_UNIX_SOCK @defaultValue false */
  readonly unixSock?: boolean;
  /** Who may connect to that socket: bits of its mode, 0 to 0o777. lws: unix_socket_perms, which names an owner @defaultValue 0o600 */
  readonly unixSocketMode?: number;
  /** Listens on IPv4 alone. lws: LWS_SERVER_OPTION_DISABLE_IPV6 @defaultValue false */
  readonly disableIpv6?: boolean;
  /** Listens on IPv6 alone. lws: LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE @defaultValue false */
  readonly ipv6V6only?: boolean;
  /** Serves a listening socket that another program made: its descriptor; -1: none. `port` and `interface` are what it has. @defaultValue -1 */
  readonly listenFd?: number;
  /**
   * Connections that the system keeps until they are accepted, 1 to 65535; it may keep fewer. Who comes when it is full
   * tries again after a second. The first vhost of a port decides. lws: LWS_SOMAXCONN
   *
   * @defaultValue 4096
   */
  readonly backlog?: number;
  /**
   * The listening socket is bound to `interface` as a device, so that no other one reaches it. Node.js cannot do
   * that: it needs `listenFd`. lws: bind_iface
   *
   * @defaultValue false
   * @throws `LWS_ERR_BIND_IFACE` without `listenFd`
   */
  readonly bindIface?: boolean;
  /** What its connections may speak. @defaultValue none */
  readonly protocols?: readonly AnyProtocol[];
  /** The role that gets an accepted connection, by name. @defaultValue the first in `use` that can */
  readonly firstRole?: string;
  /** How long a held connection may wait for its answer, in seconds, 1 to 3600. @defaultValue 10 */
  readonly holdTimeoutSecs?: number;
}

/** All options of a vhost in a context with these modules. */
export type VhostOptions<M extends readonly AnyModule[]> = CoreVhostOptions & ModuleVhostOptions<M>;

/** All options of a context with these modules: with `vhosts`, or with one vhost's options in their place. */
export type ContextOptions<M extends readonly AnyModule[]> = {
  /** The modules that the context is made of. */
  readonly use: M;
} & CoreContextOptions &
  ModuleContextOptions<M> &
  (
    | {
        /** An empty list makes none until `createVhost`. lws: LWS_SERVER_OPTION_EXPLICIT_VHOSTS */
        readonly vhosts: readonly VhostOptions<M>[];
      }
    | (VhostOptions<M> & { readonly vhosts?: never })
  );

/** The options that core itself reads of a context. */
export const coreContextRules: OptionRules<CoreContextOptions> = {
  clock: { kind: 'custom', fallback: systemClock, check: checkClock },
  loop: { kind: 'custom', fallback: nodeLoop(), check: checkLoop },
  txBudget: { kind: 'integer', fallback: 64 * 1024, min: 4096, max: 1024 * 1024 },
  maxOutputBytesTotal: { kind: 'integer', fallback: 0, min: 0, max: Number.MAX_SAFE_INTEGER },
  maxInputBytesTotal: { kind: 'integer', fallback: 0, min: 0, max: Number.MAX_SAFE_INTEGER },
  fdLimitPerThread: { kind: 'integer', fallback: 0, min: 0, max: 2 ** 31 - 1 },
  fdReserve: { kind: 'integer', fallback: 64, min: 0, max: 65_536 },
  whenFull: { kind: 'choice', fallback: 'refuse', choices: ['refuse', 'stop-listening'] },
  kaTime: { kind: 'integer', fallback: 0, min: 0, max: 32767 },
  kaProbes: { kind: 'integer', fallback: 0, min: 0, max: 127 },
  kaInterval: { kind: 'integer', fallback: 0, min: 0, max: 32767 },
  fastRead: { kind: 'boolean', fallback: false },
};

/** The options that core itself reads of a vhost. */
export const coreVhostRules: OptionRules<CoreVhostOptions> = {
  name: {
    kind: 'string',
    fallback: 'default',
    pattern: /^[A-Za-z0-9_.[\]:-]{1,253}$/,
    wanted: 'a name of 1 to 253 letters, digits and _ . - : [ ]',
  },
  port: { kind: 'integer', fallback: 0, min: -1, max: 65535 },
  // an empty one, as of a variable that is not set, would be all interfaces
  interface: {
    kind: 'string',
    fallback: undefined,
    pattern: /^[^\0]+$/,
    wanted: 'a name or an address, not empty',
  },
  unixSock: { kind: 'boolean', fallback: false },
  unixSocketMode: { kind: 'integer', fallback: 0o600, min: 0, max: 0o777 },
  disableIpv6: { kind: 'boolean', fallback: false },
  ipv6V6only: { kind: 'boolean', fallback: false },
  listenFd: { kind: 'integer', fallback: -1, min: -1, max: 65_535 },
  backlog: { kind: 'integer', fallback: 4096, min: 1, max: 65_535 },
  bindIface: { kind: 'boolean', fallback: false },
  protocols: { kind: 'custom', fallback: [], check: checkProtocols },
  firstRole: { kind: 'string', fallback: undefined },
  holdTimeoutSecs: { kind: 'integer', fallback: 10, min: 1, max: 3600 },
};

function checkClock(value: unknown, name: string): Clock {
  const clock = value as Partial<Clock> | null;
  const fits =
    typeof clock?.now === 'function' &&
    typeof clock.wallNow === 'function' &&
    typeof clock.wakeAt === 'function';
  if (!fits)
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name} has no now, wallNow and wakeAt`);
  return clock as Clock;
}

function checkLoop(value: unknown, name: string): EventLoop {
  if (typeof (value as Partial<EventLoop> | null)?.open === 'function') return value as EventLoop;
  throw new LwsError(
    interfaceErrors.LWS_ERR_OPTION,
    `${name} was made neither by nodeLoop() nor by externalLoop()`,
  );
}

function checkProtocols(value: unknown, name: string): readonly AnyProtocol[] {
  if (!Array.isArray(value))
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name} is not a list`);
  for (const one of value as AnyProtocol[]) protocolDefinition(one);
  return value as readonly AnyProtocol[];
}
