/** A context: its loop, its vhosts, its connections, and how all of it ends. lws: struct lws_context */
import {
  type Admission,
  type AdmissionTicket,
  type AnyModule,
  type AnyOptionRules,
  type AnyProtocol,
  type Clock,
  type CodedError,
  type ContextView,
  type ErrorCode,
  type HttpResponder,
  type InstalledModule,
  LwsError,
  type Role,
  resolveOptions,
  type Transport,
} from '@lws-ts/interface';
import { Connection, type ConnectionHome } from './connection.ts';
import { coreErrors } from './errors.ts';
import { Listener } from './listener.ts';
import { lwslInfo, lwslNotice } from './log.ts';
import { coreContextRules, coreVhostRules, type VhostOptions } from './options.ts';
import { RefusalLog } from './refusal-log.ts';
import { ServiceLoop } from './service-loop.ts';
import { TimerEntry, TimerWheel } from './timer-wheel.ts';
import { Vhost, type VhostHome } from './vhost.ts';
import { VhostTable } from './vhost-table.ts';

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
  readonly ws_upg: number;
  readonly rejected: number;
  readonly refused: ReadonlyMap<ErrorCode, number>;
}

const defaultDeadlineSecs = 10;

export class Context<M extends readonly AnyModule[] = readonly AnyModule[]>
  implements ConnectionHome, VhostHome, ContextView
{
  readonly options: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
  readonly loop: ServiceLoop;
  readonly refusals: RefusalLog;
  readonly roles: readonly Role[];
  readonly responders: readonly HttpResponder[];

  readonly #modules: readonly InstalledModule[];
  readonly #vhostRules: AnyOptionRules;
  readonly #admissions: readonly Admission[];
  readonly #vhosts: Vhost[] = [];
  readonly #listeners: Listener[] = [];
  readonly #connections = new Set<Connection>();
  #lastId = 0;
  #closing: Promise<CloseReport> | undefined = undefined;
  #allGone: (() => void) | undefined = undefined;
  #cut = 0;

  /** For `createContext`. @throws for wrong options, before anything is opened */
  constructor(use: readonly AnyModule[], given: Readonly<Record<string, unknown>>) {
    checkModules(use);
    const rules = mergeRules(coreContextRules, use, 'contextOptions');
    this.#vhostRules = mergeRules(coreVhostRules, use, 'vhostOptions');
    this.options = resolveOptions(rules, given, 'the context');
    this.clock = this.options['clock'] as Clock;
    this.loop = new ServiceLoop(new TimerWheel(this.clock), this.options['txBudget'] as number);
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
    this.#admissions = this.#modules.flatMap(({ admission }) =>
      admission === undefined ? [] : [admission],
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
    const sum = { rx: 0, tx: 0, h1_conn: 0, h1_trans: 0, ws_upg: 0, rejected: 0 };
    const refused = new Map<ErrorCode, number>();
    for (const { counters } of this.#vhosts) {
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += counters[name];
      for (const [code, count] of counters.refused)
        refused.set(code, (refused.get(code) ?? 0) + count);
    }
    return { wsi_alive: this.#connections.size, ...sum, refused };
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
    await this.listen();
    return vhost;
  }

  /** Asks for `writeable` of every wsi of a protocol in the context. lws: lws_callback_on_writable_all_protocol */
  requestWriteableAll(protocol: AnyProtocol): void {
    for (const vhost of this.#vhosts) vhost.requestWriteableAll(protocol);
  }

  /**
   * Ends everything: stops accepting at once, lets transactions finish, closes WebSockets with 1001, and cuts
   * what is left at the deadline. Never hangs. A second call gives the first one's report.
   *
   * @param options `deadlineSecs`: 0 cuts at once. Default: 10
   */
  close(options: { readonly deadlineSecs?: number } = {}): Promise<CloseReport> {
    this.#closing ??= this.#end(options.deadlineSecs ?? defaultDeadlineSecs);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Owned by core: resolves all options, then makes the vhosts. Nothing is opened. */
  prepareVhosts(given: readonly Readonly<Record<string, unknown>>[]): Vhost[] {
    const resolved = given.map((options) =>
      resolveOptions(
        this.#vhostRules,
        options,
        `vhost ${JSON.stringify(options['name'] ?? 'default')}`,
      ),
    );
    const vhosts = resolved.map((options) => new Vhost(this, options));
    for (const vhost of vhosts) {
      vhost.firstRole = this.#firstRole(vhost.options['firstRole'] as string | undefined);
      for (const module of this.#modules) module.vhostCreated?.(vhost);
      for (const module of this.#modules) vhost.security ??= module.security?.(vhost);
    }
    for (const vhost of vhosts) this.#place(vhost);
    for (const vhost of vhosts) {
      for (const protocol of vhost.protocols) protocol.init();
      this.#vhosts.push(vhost);
    }
    return vhosts;
  }

  /** Owned by core: opens the listeners that are not open yet. */
  async listen(): Promise<void> {
    for (const listener of this.#listeners) {
      if (listener.listening) continue;
      try {
        await listener.listen();
      } catch (error) {
        await this.close({ deadlineSecs: 0 });
        throw error;
      }
      for (const vhost of listener.vhosts.all) vhost.listening = listener.boundPort;
    }
  }

  /** Owned by core: takes over a transport for a vhost. */
  adopt(transport: Transport, vhost: Vhost): void {
    this.#assertOpen();
    const ticket = this.#admit(transport, vhost);
    if (ticket === false) return;
    const connection = new Connection(this, ++this.#lastId, transport, vhost, ticket);
    this.#connections.add(connection);
    const role = vhost.firstRole;
    if (role?.accept === undefined) throw new LwsError(coreErrors.LWS_ERR_NO_ROLE);
    connection.start((host) => role.accept?.(host) as ReturnType<NonNullable<Role['accept']>>);
  }

  /** Owned by core. */
  connectionGone(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#closing !== undefined && connection.timeoutReason !== undefined) this.#cut++;
    if (this.#connections.size === 0) this.#allGone?.();
  }

  async #end(deadlineSecs: number): Promise<CloseReport> {
    const began = this.clock.now();
    for (const listener of this.#listeners) listener.close();
    const met = this.#connections.size;
    for (const connection of this.#connections) connection.close(1001, 'server shutting down');
    if (deadlineSecs > 0 && this.#connections.size > 0)
      await this.#goneOrDeadline(deadlineSecs * 1000);
    this.#cut += this.#connections.size;
    for (const connection of this.#connections) connection.cut(coreErrors.LWS_ERR_SHUTDOWN_CUT);
    for (const vhost of this.#vhosts) {
      for (const protocol of vhost.protocols) protocol.destroy();
      for (const module of this.#modules) module.vhostDestroyed?.(vhost);
    }
    for (const module of this.#modules) module.destroy?.();
    this.loop.wheel.destroy();
    const report = { closed: met - this.#cut, cut: this.#cut, elapsedMs: this.clock.now() - began };
    if (met > 0)
      lwslNotice(`context closed: ${report.closed} connections in order, ${report.cut} cut`);
    return report;
  }

  #goneOrDeadline(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const entry = new TimerEntry({ expired: () => resolve() });
      this.loop.wheel.arm(entry, ms);
      this.#allGone = () => {
        this.loop.wheel.disarm(entry);
        resolve();
      };
    });
  }

  #accepted(transport: Transport, listener: Listener): void {
    const vhost = listener.vhosts.first;
    if (vhost === undefined || this.#closing !== undefined) transport.abort();
    else this.adopt(transport, vhost);
  }

  #admit(transport: Transport, vhost: Vhost): AdmissionTicket | undefined | false {
    for (const admission of this.#admissions) {
      const ticket: AdmissionTicket | CodedError = admission.admit(transport.peer);
      if (!('code' in ticket)) return ticket;
      vhost.count(ticket.code);
      vhost.counters.rejected++;
      lwslInfo(`${ticket.code} ${transport.peer.address}: ${ticket.message}`);
      transport.abort();
      return false;
    }
    return undefined;
  }

  /** Puts a vhost beside those of its port and interface. */
  #place(vhost: Vhost): void {
    if (vhost.requestedPort === -1) {
      vhost.table = new VhostTable();
      vhost.table.add(vhost);
      return;
    }
    let listener = this.#listeners.find(
      (one) => one.port === vhost.requestedPort && one.interface === vhost.interface,
    );
    if (listener === undefined) {
      const kaTime = this.options['kaTime'] as number;
      listener = new Listener(vhost.requestedPort, vhost.interface, { kaTime }, (transport, from) =>
        this.#accepted(transport, from),
      );
      this.#listeners.push(listener);
    }
    listener.vhosts.add(vhost);
    vhost.table = listener.vhosts;
    vhost.listening = listener.boundPort;
  }

  #firstRole(name: string | undefined): Role {
    const role = this.roles.find(
      (one) => one.accept !== undefined && (name === undefined || one.name === name),
    );
    if (role === undefined) throw new LwsError(coreErrors.LWS_ERR_NO_ROLE, name);
    return role;
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new LwsError(coreErrors.LWS_ERR_CONTEXT_CLOSED);
  }
}

function checkModules(use: readonly AnyModule[]): void {
  const names = new Set<string>();
  for (const module of use) {
    if (names.has(module.name)) throw new LwsError(coreErrors.LWS_ERR_MODULE_TWICE, module.name);
    names.add(module.name);
  }
  for (const module of use)
    for (const need of module.needs)
      if (!names.has(need))
        throw new LwsError(coreErrors.LWS_ERR_MODULE_MISSING, `${module.name} needs ${need}`);
}

function mergeRules(
  own: AnyOptionRules,
  use: readonly AnyModule[],
  which: 'contextOptions' | 'vhostOptions',
): AnyOptionRules {
  return Object.assign({}, own, ...use.map((module) => module[which])) as AnyOptionRules;
}
