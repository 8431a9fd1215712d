/** A context: its loop, its vhosts, its connections, and how all of it ends. lws: struct lws_context */
import {
  type AdoptedRoleState,
  type AnyModule,
  type AnyOptionRules,
  type AnyProtocol,
  type BoundProtocol,
  type ClientRoleState,
  type Clock,
  type ConnectCall,
  type ContextView,
  type Descriptor,
  type ErrorCode,
  type HttpResponder,
  type InstalledModule,
  interfaceErrors,
  type LogLevel,
  LwsError,
  type OptionRules,
  type Role,
  type RoleHost,
  type RoleState,
  resolveOptions,
  type Transport,
  type VhostView,
  type Wsi,
  type WsiView,
} from '@lws-ts/interface';
import { absentTransport } from './absent-transport.ts';
import { AcceptGate, type GateHome } from './accept-gate.ts';
import { attempt } from './attempt.ts';
import { ClientLink, type Settled } from './client-link.ts';
import { type ConnectOptions, coreConnectRules } from './connect-options.ts';
import { Connection, type ConnectionHome } from './connection.ts';
import { ConnectionWsi } from './connection-wsi.ts';
import { type Connecting, readConnectCall } from './connector.ts';
import { openDescriptor } from './descriptor.ts';
import {
  DescriptorBudget,
  type DescriptorOptions,
  processDescriptors,
} from './descriptor-budget.ts';
import { type Admitted, Entrance, noTicket } from './entrance.ts';
import { coreErrors } from './errors.ts';
import { checkKeepalive, type Keepalive, keepaliveLack } from './keepalive.ts';
import type { Listener } from './listener.ts';
import { log, lwslNotice, lwslWarn } from './log.ts';
import { coreContextRules, coreVhostRules, type VhostOptions } from './options.ts';
import { Ports } from './ports.ts';
import { RefusalLog } from './refusal-log.ts';
import type { EventLoop, ServiceLoop } from './service-loop.ts';
import { TimerEntry } from './timer-wheel.ts';
import { checkModules, mergeRules } from './use-list.ts';
import { Vhost, type VhostHome, type VhostReport } from './vhost.ts';
import { VhostEnds } from './vhost-ends.ts';
import type { VhostTable } from './vhost-table.ts';
import { type CancelHandle, WaitCancel } from './wait-cancel.ts';

/** What `close` says of the connections it met. */
export interface CloseReport {
  /** Connections that ended in order. */
  readonly closed: number;
  /** Connections that did not end by themselves: cut at the deadline, or at one of their own. */
  readonly cut: number;
  /** How long it took on the context's clock, in ms. */
  readonly elapsedMs: number;
}

/** What a context has counted over all its vhosts. lws: lws_json_dump_context */
export interface ContextCounters {
  /** Connections now. */
  readonly wsi_alive: number;
  readonly rx: number;
  readonly tx: number;
  readonly h1_conn: number;
  readonly h1_trans: number;
  readonly ah_waits: number;
  readonly ws_upg: number;
  readonly rejected: number;
  /** When the first certificate ends of those in use, in seconds since 1970; 0 without one. */
  readonly ssl_cert_end: number;
  readonly refused: ReadonlyMap<ErrorCode, number>;
}

/** What `close` can be told. */
export interface CloseOptions {
  /** How long peers get to end in order, in seconds, 0 to 86400; 0 cuts at once. @defaultValue 10 */
  readonly deadlineSecs?: number;
}

/** How a connection begins that was not accepted on a port. */
interface Served {
  readonly parent: Connection | undefined;
  /** In place of the vhost's first role. */
  readonly begin: ((host: RoleHost) => RoleState) | undefined;
}

const closeRules: OptionRules<CloseOptions> = {
  deadlineSecs: { kind: 'number', fallback: 10, min: 0, max: 86_400 },
};

export class Context<M extends readonly AnyModule[] = readonly AnyModule[]>
  implements ConnectionHome, VhostHome, ContextView, GateHome
{
  readonly options: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
  readonly loop: ServiceLoop;
  readonly refusals: RefusalLog;
  readonly roles: readonly Role[];
  readonly responders: readonly HttpResponder[];

  readonly #modules: readonly InstalledModule[];
  readonly #vhostRules: AnyOptionRules;
  readonly #connectRules: AnyOptionRules;
  readonly #vhosts: Vhost[] = [];
  readonly #ports: Ports;
  readonly #connections = new Set<Connection>();
  readonly #entrance: Entrance;
  readonly #vhostEnds: VhostEnds;
  readonly #budget: DescriptorBudget;
  readonly #gate: AcceptGate;
  readonly #waitCancel: WaitCancel;
  #lastId = 0;
  #closing: Promise<CloseReport> | undefined = undefined;
  #allGone: (() => void) | undefined = undefined;
  #deadlinePassed = false;
  #cut = 0;

  /** For `createContext`. @throws for wrong options, before anything is opened */
  constructor(use: readonly AnyModule[], given: Readonly<Record<string, unknown>>) {
    checkModules(use);
    const rules = mergeRules(coreContextRules, use, 'contextOptions');
    this.#vhostRules = mergeRules(coreVhostRules, use, 'vhostOptions');
    this.#connectRules = mergeRules(coreConnectRules, use, 'connectOptions');
    this.options = resolveOptions(rules, given, 'the context');
    checkKeepalive(this.options as unknown as Keepalive);
    const lack = keepaliveLack(this.options as unknown as Keepalive);
    if (lack !== undefined) lwslWarn(lack);
    const opened = (this.options['loop'] as EventLoop).open(this.options['clock'] as Clock, {
      txBudget: this.options['txBudget'] as number,
      maxOutputBytesTotal: this.options['maxOutputBytesTotal'] as number,
    });
    this.clock = opened.clock;
    this.loop = opened.service;
    this.#budget = new DescriptorBudget(
      processDescriptors,
      this.clock,
      this.options as unknown as DescriptorOptions,
    );
    this.#gate = new AcceptGate(
      this,
      this.#budget,
      this.loop.wheel,
      this.options['whenFull'] === 'stop-listening',
    );
    this.#ports = new Ports(
      {
        keepalive: this.options as unknown as Keepalive,
        fastRead: this.options['fastRead'] as boolean,
        polled: this.loop.polled,
      },
      {
        mayStay: () => this.#gate.mayStay(),
        full: (transport, listener) => this.#full(transport, listener),
        accepted: (transport, listener) => this.#accepted(transport, listener),
      },
    );
    this.#vhostEnds = new VhostEnds(this.loop.wheel);
    this.#waitCancel = new WaitCancel(this.loop, () => this.#waitCancelled());
    this.refusals = new RefusalLog(this.clock);
    const roles: Role[] = [];
    const responders: HttpResponder[] = [];
    this.roles = roles;
    this.responders = responders;
    this.#modules = use.map((module) => module.install(this));
    for (const installed of this.#modules) {
      roles.push(...(installed.roles ?? []));
      responders.push(...(installed.responders ?? []));
    }
    this.#entrance = new Entrance(
      this,
      this.#modules.flatMap(({ admission }) => (admission === undefined ? [] : [admission])),
    );
  }

  /** In the order they were made. */
  get vhosts(): readonly Vhost[] {
    return this.#vhosts;
  }

  /** The vhost of that name, if there is one. lws: lws_get_vhost_by_name */
  vhost(name: string): Vhost | undefined {
    return this.#vhosts.find((vhost) => vhost.name === name);
  }

  /** Counters of all vhosts together, as of now. */
  get counters(): ContextCounters {
    const sum = { rx: 0, tx: 0, h1_conn: 0, h1_trans: 0, ah_waits: 0, ws_upg: 0, rejected: 0 };
    const refused = new Map<ErrorCode, number>();
    let end = 0;
    for (const { counters } of this.#vhosts) {
      const { ssl_cert_end } = counters;
      if (ssl_cert_end !== 0 && (end === 0 || ssl_cert_end < end)) end = ssl_cert_end;
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += counters[name];
      for (const [code, count] of counters.refused)
        refused.set(code, (refused.get(code) ?? 0) + count);
    }
    return { wsi_alive: this.#connections.size, ...sum, ssl_cert_end: end, refused };
  }

  /**
   * Connections that there are descriptors for: the limit of the process when the context was made, less what else
   * it holds and `fdReserve`, or `fdLimitPerThread`. Infinite where the system has no such limit. lws: max_fds
   */
  get maxConnections(): number {
    return this.#budget.maxConnections;
  }

  /** Owned by core. */
  get openDescriptors(): number {
    return this.#connections.size + this.#entrance.size + this.#ports.parked;
  }

  /** Owned by core. */
  get listeners(): readonly Listener[] {
    return this.#ports.listeners;
  }

  /** Output that peers have not read and that this process keeps for them, in bytes; see `maxOutputBytesTotal`. */
  get keptOutputBytes(): number {
    return this.loop.keptOutput.bytes;
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Makes one more vhost; it shares the listener of its port when there is one. lws: lws_create_vhost
   *
   * @throws (rejects) for wrong options; `LWS_ERR_LISTEN`; `LWS_ERR_CONTEXT_CLOSED`
   */
  async createVhost(options: VhostOptions<M>): Promise<Vhost> {
    this.#assertOpen();
    const [vhost] = this.prepareVhosts([options as Readonly<Record<string, unknown>>]);
    if (vhost === undefined) throw new LwsError(coreErrors.LWS_ERR_INTERNAL, 'no vhost was made');
    await this.#open(vhost.table);
    this.#assertOpen();
    return vhost;
  }

  /**
   * Begins a connection to a server and gives its wsi at once. It is real when `client.established` of its
   * protocol comes, dead when `client.connectionError` comes: once, and never before this returned.
   * lws: lws_client_connect_via_info
   *
   * @throws `LWS_ERR_OPTION`, `LWS_ERR_OPTION_UNKNOWN`, `LWS_ERR_MODULE_MISSING`, `LWS_ERR_CONTEXT_CLOSED`
   */
  connect(options: ConnectOptions<M>): Wsi<unknown, unknown> {
    return this.#connect(options, undefined);
  }

  /**
   * As {@link connect}, and waits: resolves with the wsi after `client.established`, rejects after
   * `client.connectionError`, with what that was told.
   *
   * @throws (rejects) as {@link connect}
   */
  async open(options: ConnectOptions<M>): Promise<Wsi<unknown, unknown>> {
    return new Promise((resolve, reject) => {
      const wsi = this.#connect(options, (error) => {
        if (error === undefined) resolve(wsi);
        else reject(error);
      });
    });
  }

  /**
   * Wakes the loop: in its next turn every protocol of every vhost is told `eventWaitCancelled`, once for all calls
   * before that. Other threads call {@link cancelService} with what {@link cancelHandle} gives. After `close` it
   * does nothing. lws: lws_cancel_service
   */
  cancelService(): void {
    this.#waitCancel.cancel();
  }

  /** What another thread needs for `cancelService(handle)`: to be given to it by `postMessage` or `workerData`. */
  cancelHandle(): CancelHandle {
    return this.#waitCancel.handle;
  }

  /** Asks for `writeable` of every wsi of a protocol in the context. lws: lws_callback_on_writable_all_protocol */
  requestWriteableAll(protocol: AnyProtocol): void {
    for (const vhost of this.#vhosts) vhost.requestWriteableAll(protocol);
  }

  /**
   * Ends everything: stops accepting at once, lets transactions finish, closes WebSockets with 1001, and cuts
   * what is left at the deadline. Never hangs. A second call gives the first one's report.
   *
   * @param options `deadlineSecs`: 0 to 86400; 0 cuts at once. Default: 10
   * @throws (rejects) `LWS_ERR_OPTION`, and nothing is closed
   */
  close(options: CloseOptions = {}): Promise<CloseReport> {
    if (this.#closing !== undefined) return this.#closing;
    let deadlineSecs: number;
    try {
      const resolved = resolveOptions(closeRules, options as Record<string, unknown>, 'close()');
      deadlineSecs = resolved['deadlineSecs'] as number;
    } catch (error) {
      return Promise.reject(error as Error);
    }
    // set before anything happens: a handler may call close() too
    let settle = (_report: Promise<CloseReport>): void => undefined;
    this.#closing = new Promise((resolve) => {
      settle = resolve;
    });
    settle(this.#end(deadlineSecs));
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Owned by core: resolves all options, then makes the vhosts. Nothing is opened. */
  prepareVhosts(given: readonly Readonly<Record<string, unknown>>[]): Vhost[] {
    const resolved = given.map((options: Readonly<Record<string, unknown>> | null) => {
      const name = options?.['name'];
      const of = `vhost ${JSON.stringify(typeof name === 'string' ? name : 'default')}`;
      return resolveOptions(this.#vhostRules, options as Record<string, unknown>, of);
    });
    const vhosts = resolved.map((options) => new Vhost(this, options));
    const made: Vhost[] = [];
    try {
      for (const vhost of vhosts) {
        made.push(vhost);
        vhost.firstRole = this.#firstRole(vhost);
        for (const module of this.#modules) module.vhostCreated?.(vhost);
        for (const module of this.#modules) vhost.security ??= module.security?.(vhost);
      }
      for (const vhost of vhosts) this.#ports.add(vhost);
      for (const vhost of vhosts) {
        this.#vhosts.push(vhost);
        for (const protocol of vhost.protocols) protocol.init();
      }
    } catch (error) {
      for (const vhost of made) this.#dismiss(vhost);
      throw error;
    }
    return vhosts;
  }

  /** Owned by core: opens all listeners. */
  async listen(): Promise<void> {
    for (const { vhosts } of this.#ports.listeners.slice()) await this.#open(vhosts);
  }

  run(job: () => void): void {
    this.loop.run(job);
  }

  log(level: LogLevel, line: string): void {
    log(level, line);
  }

  /** Owned by core. */
  assertAdopts(vhost: Vhost, protocol?: BoundProtocol, parentWsi?: WsiView): void {
    this.#assertOpen();
    if (vhost.ending) throw new LwsError(coreErrors.LWS_ERR_VHOST_DESTROYED, vhost.name);
    if (protocol !== undefined) this.#adopter(protocol, false);
    this.#parentOf(parentWsi);
  }

  /** Owned by core: takes over a transport for a vhost. */
  adopt(transport: Transport, vhost: Vhost, parentWsi?: WsiView, protocol?: BoundProtocol): void {
    this.assertAdopts(vhost);
    const parent = this.#parentOf(parentWsi);
    const begin = protocol === undefined ? undefined : this.#adopter(protocol, false);
    const served: Served = { parent, begin };
    this.#entrance.enter(transport, vhost, (entered, chosen, admitted) =>
      this.#serve(entered, chosen, admitted, served),
    );
  }

  /** Owned by core: takes over what is open, for a protocol of a vhost. */
  adoptDescriptor(
    descriptor: Descriptor,
    vhost: Vhost,
    protocol: BoundProtocol,
    parentWsi: WsiView | undefined,
  ): Wsi<unknown, unknown> {
    const parent = this.#parentOf(parentWsi);
    // both groups are asked for: what it is shows when it is open
    const begins = { file: this.#adopter(protocol, true), stream: this.#adopter(protocol, false) };
    const { transport, file } = openDescriptor(descriptor, true);
    const ticket = file ? noTicket : this.#entrance.admit(transport, vhost);
    if ('code' in ticket) {
      transport.release();
      throw ticket instanceof LwsError ? ticket : new LwsError(ticket);
    }
    const begin = file ? begins.file : begins.stream;
    let made: AdoptedRoleState | undefined;
    const making = (host: RoleHost): RoleState => {
      made = begin(host);
      return made;
    };
    this.#serve(transport, vhost, ticket, { parent, begin: making });
    if (made === undefined) throw new LwsError(coreErrors.LWS_ERR_INTERNAL, 'nothing was adopted');
    return made.wsi;
  }

  /** Owned by core. */
  connectOn(vhost: Vhost, options: Readonly<Record<string, unknown>>): Wsi<unknown, unknown> {
    return this.#connect(options, undefined, vhost);
  }

  /** Owned by core: ends one vhost; the listener stays for the others of its port. */
  async endVhost(vhost: Vhost, deadlineSecs: number): Promise<VhostReport> {
    this.#remove(vhost, true);
    const report = await this.#vhostEnds.end(vhost, this.#connections, deadlineSecs);
    this.#destroy(vhost);
    return report;
  }

  #waitCancelled(): void {
    for (const vhost of this.#vhosts)
      for (const protocol of vhost.protocols)
        attempt(`eventWaitCancelled of protocol ${protocol.name}`, () => protocol.waitCancelled());
  }

  #serve(
    transport: Transport,
    vhost: Vhost,
    { ticket }: Admitted,
    { parent, begin }: Served,
  ): void {
    if (vhost.ending || this.#closing !== undefined || parent?.open === false) {
      // it ended while the handshake was made, or before the program serviced it
      attempt('release of an admission', () => ticket?.release());
      transport.abort();
      return;
    }
    const watched = this.loop.watch(transport);
    const connection = new Connection(this, ++this.#lastId, watched, vhost, ticket);
    this.#connections.add(connection);
    if (parent !== undefined) connection.belongTo(parent);
    const accept = begin ?? vhost.firstRole?.accept?.bind(vhost.firstRole);
    if (accept === undefined) throw new LwsError(coreErrors.LWS_ERR_NO_ROLE);
    connection.start(accept);
  }

  /** What makes a raw connection for `protocol`. @throws when nothing does */
  #adopter(protocol: BoundProtocol, file: boolean): (host: RoleHost) => AdoptedRoleState {
    const role = this.roles.find((one) => one.adopt !== undefined);
    if (role?.adopt === undefined)
      throw new LwsError(coreErrors.LWS_ERR_MODULE_MISSING, 'to adopt needs @lws-ts/raw');
    return role.adopt({ protocol, file });
  }

  /** Owned by core. */
  connectionGone(connection: Connection): void {
    this.#connections.delete(connection);
    this.#vhostEnds.gone(connection);
    if (this.#closing !== undefined)
      if (this.#deadlinePassed || connection.timeoutReason !== undefined) this.#cut++;
    if (this.#connections.size === 0) this.#allGone?.();
  }

  /** Owned by core: for modules. */
  prepareClient(
    vhost: VhostView,
    options: Readonly<Record<string, unknown>>,
  ): (make: (host: RoleHost, call: ConnectCall) => ClientRoleState) => void {
    const call = this.#readCall(options, vhost as Vhost);
    return (make) => {
      this.#assertOpen();
      this.#beginClient(call, (host) => make(host, call.call), undefined);
    };
  }

  #connect(
    options: ConnectOptions<M> | Readonly<Record<string, unknown>>,
    settled: Settled | undefined,
    from?: Vhost,
  ): Wsi<unknown, unknown> {
    this.#assertOpen();
    if (from !== undefined) this.assertAdopts(from);
    const call = this.#readCall(options as Readonly<Record<string, unknown>>, from);
    return this.#beginClient(call, (host) => call.state(host), settled).wsi;
  }

  #readCall(options: Readonly<Record<string, unknown>>, vhost: Vhost | undefined): Connecting {
    return readConnectCall(options, {
      rules: this.#connectRules,
      roles: this.roles,
      vhosts: vhost === undefined ? this.#vhosts : [vhost],
      keepalive: this.options as unknown as Keepalive,
    });
  }

  #beginClient(
    { vhost, link, parentWsi }: Connecting,
    make: (host: RoleHost) => ClientRoleState,
    settled: Settled | undefined,
  ): ClientRoleState {
    const owner = this.#parentOf(parentWsi);
    const connection = new Connection(this, ++this.#lastId, absentTransport, vhost, undefined);
    const state = make(connection);
    if (owner !== undefined) connection.belongTo(owner);
    this.#connections.add(connection);
    connection.startClient(state, new ClientLink(connection, this.loop, link, settled));
    return state;
  }

  async #end(deadlineSecs: number): Promise<CloseReport> {
    const began = this.clock.now();
    this.#ports.close();
    this.#entrance.close();
    const met = this.#connections.size;
    for (const connection of this.#connections) connection.close(1001, 'server shutting down');
    if (deadlineSecs > 0 && this.#connections.size > 0)
      await this.#goneOrDeadline(deadlineSecs * 1000);
    this.#cutAll();
    for (const vhost of [...this.#vhosts, ...this.#vhostEnds.vhosts]) this.#destroy(vhost);
    for (const module of this.#modules) attempt('destroy of a module', () => module.destroy?.());
    this.loop.wheel.destroy();
    this.#waitCancel.close();
    this.loop.polled?.close();
    const report = { closed: met - this.#cut, cut: this.#cut, elapsedMs: this.clock.now() - began };
    if (met > 0)
      lwslNotice(`context closed: ${report.closed} connections in order, ${report.cut} cut`);
    return report;
  }

  #goneOrDeadline(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const expired = (): void => {
        // here and not after the promise: `closed` handlers run in the turn of the deadline
        this.#cutAll();
        resolve();
      };
      const entry = new TimerEntry({ expired });
      this.loop.wheel.arm(entry, ms);
      this.#allGone = () => {
        this.loop.wheel.disarm(entry);
        resolve();
      };
    });
  }

  /** @throws `LWS_ERR_OPTION` for a wsi that can be nobody's parent */
  #parentOf(wsi: WsiView | undefined): Connection | undefined {
    if (wsi === undefined) return undefined;
    const host = ConnectionWsi.hostOf(wsi);
    if (host instanceof Connection && host.open && this.#connections.has(host)) return host;
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      'parentWsi is no wsi of this context that is open',
    );
  }

  #cutAll(): void {
    this.#deadlinePassed = true;
    for (const connection of this.#connections) connection.cut(coreErrors.LWS_ERR_SHUTDOWN_CUT);
  }

  #accepted(transport: Transport, listener: Listener): void {
    const vhost = listener.vhosts.first;
    if (vhost === undefined || this.#closing !== undefined) transport.abort();
    else attempt('accepting a connection', () => this.adopt(transport, vhost));
    this.#gate.accepted();
  }

  #full(transport: Transport, { vhosts }: Listener): void {
    const vhost = vhosts.first;
    if (vhost !== undefined)
      this.#entrance.turnAway(coreErrors.LWS_ERR_DESCRIPTORS, transport.peer, vhost, undefined, 1);
    transport.abort();
  }

  /** Opens the listener of these vhosts; when its port cannot be had it goes, and they go with it. */
  async #open(vhosts: VhostTable<Vhost> | undefined): Promise<void> {
    try {
      await this.#ports.open(vhosts);
    } catch (error) {
      for (const vhost of vhosts?.all.slice() ?? []) this.#dismiss(vhost);
      throw error;
    }
  }

  /** Takes a vhost that came to nothing away from those of its port. */
  #dismiss(vhost: Vhost): void {
    this.#remove(vhost, false);
    this.#destroy(vhost);
  }

  /** From now on nobody finds it. Its listener goes with the last vhost of its port. */
  #remove(vhost: Vhost, open: boolean): void {
    const at = this.#vhosts.indexOf(vhost);
    if (at >= 0) this.#vhosts.splice(at, 1);
    this.#ports.remove(vhost, open);
  }

  /** Tells everybody that a vhost is over. */
  #destroy(vhost: Vhost): void {
    if (vhost.destroyed) return;
    vhost.destroyed = true;
    for (const protocol of vhost.protocols)
      attempt(`destroy of protocol ${protocol.name}`, () => protocol.destroy());
    for (const module of this.#modules)
      attempt('vhostDestroyed of a module', () => module.vhostDestroyed?.(vhost));
    attempt('destroy of a TLS layer', () => vhost.security?.destroy());
  }

  #firstRole(vhost: Vhost): Role {
    const name = vhost.options['firstRole'] as string | undefined;
    const able = this.roles.filter((one) => one.accept !== undefined);
    const role =
      name === undefined
        ? (able.find((one) => one.comesFirst?.(vhost) === true) ?? able[0])
        : able.find((one) => one.name === name);
    if (role === undefined) throw new LwsError(coreErrors.LWS_ERR_NO_ROLE, name);
    return role;
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new LwsError(coreErrors.LWS_ERR_CONTEXT_CLOSED);
  }
}
