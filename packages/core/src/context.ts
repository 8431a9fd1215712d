/** A context: its loop, its vhosts, its connections, and how all of it ends. lws: struct lws_context */
import {
  type Admission,
  type AnyModule,
  type AnyProtocol,
  type BoundProtocol,
  type ClientRoleState,
  type Clock,
  type ConnectCall,
  type ContextView,
  type Descriptor,
  type HttpResponder,
  type InstalledModule,
  type LogLevel,
  LwsError,
  onDroppedRejection,
  type Role,
  type RoleHost,
  resolveOptions,
  type Transport,
  type VhostView,
  type Wsi,
  type WsiView,
} from '@lws-ts/interface';
import { AcceptGate, type GateHome } from './accept-gate.ts';
import { sayRejection } from './async-handler.ts';
import { attempt, sayThrown } from './attempt.ts';
import { nameOfProtocol } from './bound-protocol.ts';
import { ChargedDescriptors } from './charged-descriptors.ts';
import { type ConnectedWsi, type ConnectOptions, coreConnectRules } from './connect-options.ts';
import type { Connection } from './connection.ts';
import { type ConnectionsHome, ContextConnections } from './context-connections.ts';
import { type ContextCounters, sumCounters } from './context-counters.ts';
import { type CloseOptions, type CloseReport, ContextEnd } from './context-end.ts';
import { type ContextMemory, readMemory } from './context-memory.ts';
import { ContextVhosts } from './context-vhosts.ts';
import { DescriptorBudget, processDescriptors } from './descriptor-budget.ts';
import { coreErrors } from './errors.ts';
import { checkKeepalive, keepaliveLack } from './keepalive.ts';
import type { Listener } from './listener.ts';
import { log, lwslWarn } from './log.ts';
import {
  type CoreContextOptions,
  coreContextRules,
  coreVhostRules,
  type VhostOptions,
} from './options.ts';
import { Ports } from './ports.ts';
import { RefusalLog } from './refusal-log.ts';
import type { ServiceLoop } from './service-loop.ts';
import { checkModules, mergeRules } from './use-list.ts';
import type { Vhost, VhostHome, VhostReport } from './vhost.ts';
import { VhostEnds } from './vhost-ends.ts';
import { type CancelHandle, WaitCancel } from './wait-cancel.ts';

/** What core knows itself of the options, and what modules brought. */
type ResolvedContextOptions = Readonly<Record<string, unknown>> & Required<CoreContextOptions>;

/** One that runs, from `createContext()` to the end of its `close()`. lws: struct lws_context */
export class Context<M extends readonly AnyModule[] = readonly AnyModule[]>
  implements ConnectionsHome, VhostHome, ContextView, GateHome
{
  readonly options: ResolvedContextOptions;
  readonly clock: Clock;
  readonly loop: ServiceLoop;
  readonly refusals: RefusalLog;
  readonly roles: readonly Role[];
  readonly responders: readonly HttpResponder[];
  /** Owned by core, for modules. */
  readonly descriptors: ChargedDescriptors;

  readonly #modules: readonly InstalledModule[];
  readonly #ports: Ports;
  readonly #vhosts: ContextVhosts;
  readonly #vhostEnds: VhostEnds;
  readonly #connections: ContextConnections;
  readonly #budget: DescriptorBudget;
  readonly #gate: AcceptGate;
  readonly #waitCancel: WaitCancel;
  readonly #end: ContextEnd;

  /** For `createContext`. @throws for wrong options, before anything is opened */
  constructor(use: readonly AnyModule[], given: Readonly<Record<string, unknown>>) {
    checkModules(use);
    onDroppedRejection(sayRejection);
    const rules = mergeRules(coreContextRules, use, 'contextOptions');
    const vhostRules = mergeRules(coreVhostRules, use, 'vhostOptions');
    const connectRules = mergeRules(coreConnectRules, use, 'connectOptions');
    const options = resolveOptions(rules, given, 'the context') as ResolvedContextOptions;
    checkKeepalive(options);
    const lack = keepaliveLack(options);
    if (lack !== undefined) lwslWarn(lack);
    const { clock, service } = options.loop.open(options.clock, options);
    this.options = options;
    this.clock = clock;
    this.loop = service;
    this.refusals = new RefusalLog(clock);
    const { wheel, polled } = service;
    this.#budget = new DescriptorBudget(processDescriptors, clock, options);
    this.#gate = new AcceptGate(this, this.#budget, wheel, options.whenFull === 'stop-listening');
    this.descriptors = new ChargedDescriptors(this.#gate);
    this.#ports = new Ports(
      { keepalive: options, fastRead: options.fastRead, polled },
      {
        mayStay: () => this.#gate.mayStay(),
        full: (transport, { vhosts }) =>
          this.#connections.refuse(coreErrors.LWS_ERR_DESCRIPTORS, transport, vhosts.first),
        accepted: (transport, listener) => this.#accepted(transport, listener),
      },
    );
    this.#waitCancel = new WaitCancel(service, () => this.#waitCancelled());
    const roles: Role[] = [];
    const responders: HttpResponder[] = [];
    const modules: InstalledModule[] = [];
    const admissions: Admission[] = [];
    this.roles = roles;
    this.responders = responders;
    this.#modules = modules;
    this.#vhosts = new ContextVhosts({
      home: this,
      rules: vhostRules,
      modules,
      roles,
      ports: this.#ports,
    });
    this.#vhostEnds = new VhostEnds(wheel);
    this.#connections = new ContextConnections(this, admissions, {
      rules: connectRules,
      roles,
      vhosts: this.vhosts,
      keepalive: options,
    });
    this.#end = new ContextEnd({
      connections: this.#connections.all,
      wheel,
      stopAccepting: () => this.#stopAccepting(),
      dispose: () => this.#dispose(),
    });
    modules.push(...use.map((module) => module.install(this)));
    for (const installed of modules) {
      roles.push(...(installed.roles ?? []));
      responders.push(...(installed.responders ?? []));
      if (installed.admission !== undefined) admissions.push(installed.admission);
    }
  }

  /** In the order they were made. */
  get vhosts(): readonly Vhost[] {
    return this.#vhosts.all;
  }

  /** The vhost of that name, if there is one. lws: lws_get_vhost_by_name */
  vhost(name: string): Vhost | undefined {
    return this.vhosts.find((vhost) => vhost.name === name);
  }

  /** Counters of all vhosts together, as of now. */
  get counters(): ContextCounters {
    return sumCounters(this.vhosts, this.#connections.all.size);
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
    return this.#connections.size + this.#ports.parked + this.descriptors.count;
  }

  /** Owned by core. */
  get listeners(): readonly Listener[] {
    return this.#ports.listeners;
  }

  /** Output that peers have not read and that this process keeps for them, in bytes; see `maxOutputBytesTotal`. */
  get keptOutputBytes(): number {
    return this.loop.keptOutput.bytes;
  }

  /** What peers make this context keep in memory, as of now. */
  get memory(): ContextMemory {
    return readMemory(this.loop, this.#modules);
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#end.begun;
  }

  /**
   * Makes one more vhost; it shares the listener of its port when there is one. lws: lws_create_vhost
   *
   * @throws (rejects) for wrong options; `LWS_ERR_LISTEN`; `LWS_ERR_CONTEXT_CLOSED`
   */
  async createVhost(options: VhostOptions<M>): Promise<Vhost> {
    this.#connections.assertOpen();
    const [vhost] = this.prepareVhosts([options as Readonly<Record<string, unknown>>]);
    if (vhost === undefined) throw new LwsError(coreErrors.LWS_ERR_INTERNAL, 'no vhost was made');
    await this.#vhosts.open(vhost.table);
    this.#connections.assertOpen();
    return vhost;
  }

  /**
   * Begins a connection to a server and gives its wsi at once. It is real when `client.established` of its
   * protocol comes, dead when `client.connectionError` comes: once, and never before this returned.
   * lws: lws_client_connect_via_info
   *
   * @throws `LWS_ERR_OPTION`, `LWS_ERR_OPTION_UNKNOWN`, `LWS_ERR_MODULE_MISSING`, `LWS_ERR_CONTEXT_CLOSED`
   */
  connect<const Url extends string | URL = URL>(
    options: ConnectOptions<M> & { readonly url?: Url },
  ): ConnectedWsi<Url> {
    const given = options as Readonly<Record<string, unknown>>;
    return this.#connections.connect(given, undefined) as ConnectedWsi<Url>;
  }

  /**
   * As {@link connect}, and waits: resolves with the wsi after `client.established`, rejects after
   * `client.connectionError`, with what that was told.
   *
   * @throws (rejects) as {@link connect}
   */
  async open<const Url extends string | URL = URL>(
    options: ConnectOptions<M> & { readonly url?: Url },
  ): Promise<ConnectedWsi<Url>> {
    return new Promise((resolve, reject) => {
      const given = options as Readonly<Record<string, unknown>>;
      const wsi = this.#connections.connect(given, (error) => {
        if (error === undefined) resolve(wsi as ConnectedWsi<Url>);
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

  /**
   * Asks for `writeable` of every wsi of a protocol in the context.
   *
   * @throws `LWS_ERR_OPTION` for what is no protocol, a name of one too
   *
   * lws: lws_callback_on_writable_all_protocol
   */
  requestWriteableAll(protocol: AnyProtocol): void {
    const name = nameOfProtocol(protocol, 'requestWriteableAll()');
    for (const vhost of this.vhosts) vhost.protocolByName(name)?.requestWriteableAll();
  }

  /**
   * Ends everything: stops accepting at once, lets transactions finish, closes WebSockets with 1001, and cuts
   * what is left at the deadline. Never hangs. A second call gives the first one's report.
   *
   * @param options `deadlineSecs`: 0 to 86400; 0 cuts at once. Default: 10
   * @throws (rejects) `LWS_ERR_OPTION`, and nothing is closed
   */
  close(options: CloseOptions = {}): Promise<CloseReport> {
    return this.#end.close(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Owned by core: resolves all options, then makes the vhosts. Nothing is opened. */
  prepareVhosts(given: readonly Readonly<Record<string, unknown>>[]): Vhost[] {
    return this.#vhosts.prepare(given);
  }

  /** Owned by core: opens all listeners. */
  listen(): Promise<void> {
    return this.#vhosts.listen();
  }

  run(job: () => void): void {
    this.loop.run(job);
  }

  log(level: LogLevel, line: string): void {
    log(level, line);
  }

  /** Owned by core. */
  assertAdopts(vhost: Vhost, protocol?: BoundProtocol, parentWsi?: WsiView): void {
    this.#connections.assertAdopts(vhost, protocol, parentWsi);
  }

  /** Owned by core: takes over a transport for a vhost. */
  adopt(transport: Transport, vhost: Vhost, parentWsi?: WsiView, protocol?: BoundProtocol): void {
    this.#connections.adopt(transport, vhost, parentWsi, protocol);
  }

  /** Owned by core: takes over what is open, for a protocol of a vhost. */
  adoptDescriptor(
    descriptor: Descriptor,
    vhost: Vhost,
    protocol: BoundProtocol,
    parentWsi: WsiView | undefined,
  ): Wsi<unknown, unknown> {
    return this.#connections.adoptDescriptor(descriptor, vhost, protocol, parentWsi);
  }

  /** Owned by core. */
  connectOn(vhost: Vhost, options: Readonly<Record<string, unknown>>): Wsi<unknown, unknown> {
    return this.#connections.connect(options, undefined, vhost);
  }

  /** Owned by core: for modules. */
  prepareClient(
    vhost: VhostView,
    options: Readonly<Record<string, unknown>>,
  ): (make: (host: RoleHost, call: ConnectCall) => ClientRoleState) => void {
    return this.#connections.prepareClient(vhost as Vhost, options);
  }

  /** Owned by core: ends one vhost; the listener stays for the others of its port. */
  async endVhost(vhost: Vhost, deadlineSecs: number): Promise<VhostReport> {
    this.#vhosts.remove(vhost, true);
    const report = await this.#vhostEnds.end(vhost, this.#connections.all, deadlineSecs);
    this.#vhosts.destroy(vhost);
    return report;
  }

  /** Owned by core. */
  connectionGone(connection: Connection): void {
    this.#vhostEnds.gone(connection);
    this.#end.gone(connection);
  }

  #accepted(transport: Transport, listener: Listener): void {
    const vhost = listener.vhosts.first;
    if (vhost === undefined || this.closed) transport.abort();
    else this.#admit(transport, vhost);
    this.#gate.roomTaken();
  }

  /** Without a closure: it is done for each connection. */
  #admit(transport: Transport, vhost: Vhost): void {
    try {
      this.adopt(transport, vhost);
    } catch (error) {
      sayThrown('accepting a connection', error);
    }
  }

  #waitCancelled(): void {
    for (const vhost of this.vhosts)
      for (const protocol of vhost.protocols)
        attempt(`eventWaitCancelled of protocol ${protocol.name}`, () => protocol.waitCancelled());
  }

  #stopAccepting(): void {
    this.#ports.close();
    this.#connections.closeEntrance();
  }

  #dispose(): void {
    for (const vhost of [...this.vhosts, ...this.#vhostEnds.vhosts]) this.#vhosts.destroy(vhost);
    for (const module of this.#modules) attempt('destroy of a module', () => module.destroy?.());
    this.loop.wheel.destroy();
    this.#waitCancel.close();
    this.loop.polled?.close();
  }
}
