import type { Admission } from './admission.ts';
import type { Clock } from './clock.ts';
import type { HttpResponder } from './http.ts';
import type { LogLevel } from './log-level.ts';
import type { AnyOptionRules } from './options.ts';
import type { ConnectCall, Role } from './role.ts';
import type { ClientRoleState, RoleHost } from './role-host.ts';
import type { TransportSecurity } from './transport.ts';
import type { VhostView } from './vhost.ts';

/** Descriptors that a module opens beside its connections: they count like these, see `fdLimitPerThread`. */
export interface Descriptors {
  /** Whether so many more may be open. */
  hasRoom(count: number): boolean;
  /** So many more are open now; fewer where it is negative. */
  opened(count: number): void;
}

/** The context as a module sees it. `roles` and `responders` are complete once the context is made. */
export interface ContextView {
  readonly clock: Clock;
  readonly descriptors: Descriptors;
  /** Resolved and frozen, those of modules included. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly roles: readonly Role[];
  readonly responders: readonly HttpResponder[];
  /** Runs what calls handlers: at once, or when a program that owns the loop services. */
  run(job: () => void): void;
  /**
   * Reads the options of connections that a module makes on a vhost, as `connect` reads them. What it gives makes one
   * for each call, which `make` carries out.
   *
   * @throws as `connect`
   */
  prepareClient(
    vhost: VhostView,
    options: Readonly<Record<string, unknown>>,
  ): (make: (host: RoleHost, call: ConnectCall) => ClientRoleState) => void;
  /** A line of the log that concerns no connection. */
  log(level: LogLevel, line: string): void;
}

/** What a module is in one context. */
export interface InstalledModule {
  readonly roles?: readonly Role[];
  readonly responders?: readonly HttpResponder[];
  readonly admission?: Admission;
  /** A vhost is being made; throws to refuse its options, before anything is opened. */
  vhostCreated?(vhost: VhostView): void;
  /** Its last connection is gone. */
  vhostDestroyed?(vhost: VhostView): void;
  security?(vhost: VhostView): TransportSecurity | undefined;
  /** What peers make it keep in memory, by name, in bytes: rows of `context.memory`. */
  memory?(): Readonly<Record<string, number>>;
  /** The context is closed. */
  destroy?(): void;
}

/** One entry of `use`. The option types make `mounts:` exist exactly when its module is there. */
export interface LwsModule<
  C extends object = object,
  V extends object = object,
  O extends object = object,
> {
  /** The npm package it comes from, for messages. */
  readonly name: string;
  /** Packages whose modules must be in `use` too. */
  readonly needs: readonly string[];
  readonly contextOptions: AnyOptionRules;
  readonly vhostOptions: AnyOptionRules;
  /** Of `context.connect`. */
  readonly connectOptions?: AnyOptionRules;
  /** Never set; carries the types of the module's options. */
  readonly types?: { readonly context: C; readonly vhost: V; readonly connect: O };
  /** Once per context. */
  install(context: ContextView): InstalledModule;
}

/** Any module, whatever options it brings. */
// biome-ignore lint/suspicious/noExplicitAny: the option types are read back by inference only
export type AnyModule = LwsModule<any, any, any>;

type Join<U> = (U extends unknown ? (u: U) => void : never) extends (all: infer I) => void
  ? I
  : never;
type ContextOf<M> = M extends LwsModule<infer C, infer _V, infer _O> ? C : never;
type VhostOf<M> = M extends LwsModule<infer _C, infer V, infer _O> ? V : never;
type ConnectOf<M> = M extends LwsModule<infer _C, infer _V, infer O> ? O : never;

/** All context options that the modules of a `use` list bring. */
export type ModuleContextOptions<M extends readonly AnyModule[]> = Join<ContextOf<M[number]>>;
/** All vhost options that the modules of a `use` list bring. */
export type ModuleVhostOptions<M extends readonly AnyModule[]> = Join<VhostOf<M[number]>>;
/** All options of `context.connect` that the modules of a `use` list bring. */
export type ModuleConnectOptions<M extends readonly AnyModule[]> = Join<ConnectOf<M[number]>>;
