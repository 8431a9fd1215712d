/** The connections of a context, and how each begins: accepted at a port, adopted, or on its way out. */
import {
  type Admission,
  type AdmissionTicket,
  type AdoptedRoleState,
  type BoundProtocol,
  type ClientRoleState,
  type CodedError,
  type ConnectCall,
  type Descriptor,
  interfaceErrors,
  LwsError,
  type Role,
  type RoleHost,
  type RoleState,
  type Transport,
  type Wsi,
  type WsiView,
} from '@lws-ts/interface';
import { absentTransport } from './absent-transport.ts';
import { attempt } from './attempt.ts';
import type { Settled } from './client-link.ts';
import { Connection, type ConnectionHome, type FirstRole } from './connection.ts';
import { ConnectionWsi } from './connection-wsi.ts';
import type { Connecting, ConnectSurroundings } from './connector.ts';
import { type Admitted, Entrance, noTicket, type Serve } from './entrance.ts';
import { coreErrors } from './errors.ts';
import * as lateClient from './late-client.ts';
import * as lateDescriptor from './late-descriptor.ts';
import type { RefusalLog } from './refusal-log.ts';
import { Roster } from './roster.ts';
import type { ServiceLoop } from './service-loop.ts';
import type { Vhost } from './vhost.ts';

/** What they need of their context. */
export interface ConnectionsHome {
  readonly loop: ServiceLoop;
  readonly refusals: RefusalLog;
  readonly roles: readonly Role[];
  /** `close` was called. */
  readonly closed: boolean;
  connectionGone(connection: Connection): void;
}

/** How a connection begins that was not accepted on a port. */
interface Served {
  readonly parent: Connection | undefined;
  /** In place of the vhost's first role. */
  readonly first: FirstRole | undefined;
}

/** Of what was accepted on a port. */
const accepted: Served = { parent: undefined, first: undefined };

export class ContextConnections implements ConnectionHome {
  readonly loop: ServiceLoop;
  readonly refusals: RefusalLog;
  readonly #home: ConnectionsHome;
  readonly #calls: ConnectSurroundings;
  readonly #entrance: Entrance;
  readonly #all = new Roster<Connection>();
  /** One for all that is accepted. */
  readonly #serveAccepted: Serve = (transport, vhost, admitted) =>
    this.#serve(transport, vhost, admitted, accepted);
  #lastId = 0;

  /** @param calls what calls of `connect` are read against */
  constructor(home: ConnectionsHome, admissions: readonly Admission[], calls: ConnectSurroundings) {
    this.#home = home;
    this.#calls = calls;
    this.loop = home.loop;
    this.refusals = home.refusals;
    this.#entrance = new Entrance(home, admissions);
  }

  /** Those that are not over. */
  get all(): Roster<Connection> {
    return this.#all;
  }

  /** Those, and who is on the way to be one. */
  get size(): number {
    return this.#all.size + this.#entrance.size;
  }

  /** @throws `LWS_ERR_CONTEXT_CLOSED` */
  assertOpen(): void {
    if (this.#home.closed) throw new LwsError(coreErrors.LWS_ERR_CONTEXT_CLOSED);
  }

  assertAdopts(vhost: Vhost, protocol?: BoundProtocol, parentWsi?: WsiView): void {
    this.assertOpen();
    if (vhost.ending) throw new LwsError(coreErrors.LWS_ERR_VHOST_DESTROYED, vhost.name);
    if (protocol !== undefined) this.#adopter(protocol, false);
    this.#parentOf(parentWsi);
  }

  /** Takes over a transport for a vhost, as if it had been accepted there. */
  adopt(transport: Transport, vhost: Vhost, parentWsi?: WsiView, protocol?: BoundProtocol): void {
    this.assertAdopts(vhost);
    const special = parentWsi !== undefined || protocol !== undefined;
    const serve = special ? this.#servesAs(parentWsi, protocol) : this.#serveAccepted;
    this.#entrance.enter(transport, vhost, serve);
  }

  /** Takes over what is open, for a protocol of a vhost. */
  adoptDescriptor(
    descriptor: Descriptor,
    vhost: Vhost,
    protocol: BoundProtocol,
    parentWsi: WsiView | undefined,
  ): Wsi<unknown, unknown> {
    const parent = this.#parentOf(parentWsi);
    // both groups are asked for: what it is shows when it is open
    const begins = { file: this.#adopter(protocol, true), stream: this.#adopter(protocol, false) };
    const { transport, file } = lateDescriptor.openDescriptor(descriptor, true);
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
    this.#serve(transport, vhost, ticket, { parent, first: { accept: making } });
    if (made === undefined) throw new LwsError(coreErrors.LWS_ERR_INTERNAL, 'nothing was adopted');
    return made.wsi;
  }

  /** A call of `connect`, of any vhost or of one. @param settled told once how it ended up */
  connect(
    options: Readonly<Record<string, unknown>>,
    settled: Settled | undefined,
    from?: Vhost,
  ): Wsi<unknown, unknown> {
    this.assertOpen();
    if (from !== undefined) this.assertAdopts(from);
    const call = this.#readCall(options, from);
    return this.#beginClient(call, (host) => call.state(host), settled).wsi;
  }

  /** A call that is read now and carried out later, with a role's machine that `make` gives; as often as that is called. */
  prepareClient(
    vhost: Vhost,
    options: Readonly<Record<string, unknown>>,
  ): (make: (host: RoleHost, call: ConnectCall) => ClientRoleState) => void {
    const call = this.#readCall(options, vhost);
    return (make) => {
      this.assertOpen();
      this.#beginClient(call, (host) => make(host, call.call), undefined);
    };
  }

  /** Turns away what was accepted: counted, logged, told, and reset. */
  refuse(error: CodedError, transport: Transport, vhost: Vhost | undefined): void {
    if (vhost !== undefined) this.#entrance.turnAway(error, transport.peer, vhost, undefined, 1);
    transport.abort();
  }

  /** All who are on the way to be one are given up. */
  closeEntrance(): void {
    this.#entrance.close();
  }

  connectionGone(connection: Connection): void {
    this.#all.remove(connection.place);
    connection.place = -1;
    this.#home.connectionGone(connection);
  }

  #servesAs(parentWsi: WsiView | undefined, protocol: BoundProtocol | undefined): Serve {
    const parent = this.#parentOf(parentWsi);
    const accept = protocol === undefined ? undefined : this.#adopter(protocol, false);
    const served: Served = { parent, first: accept && { accept } };
    return (transport, vhost, admitted) => this.#serve(transport, vhost, admitted, served);
  }

  #serve(transport: Transport, arrivedAt: Vhost, { ticket }: Admitted, served: Served): void {
    const { parent, first } = served;
    const passes = arrivedAt.ending && served === accepted && transport.security === undefined;
    const vhost = (passes && arrivedAt.heir) || arrivedAt;
    if (vhost.ending || this.#home.closed || parent?.open === false) {
      // it ended while the handshake was made, or before the program serviced it
      turnOut(transport, ticket);
      return;
    }
    const watched = this.loop.watch(transport);
    const connection = new Connection(this, ++this.#lastId, watched, vhost, ticket);
    connection.place = this.#all.add(connection);
    if (parent !== undefined) connection.belongTo(parent);
    const role = first ?? vhost.firstRole;
    if (!accepts(role)) throw new LwsError(coreErrors.LWS_ERR_NO_ROLE);
    connection.start(role);
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
    connection.place = this.#all.add(connection);
    connection.startClient(state, new lateClient.ClientLink(connection, this.loop, link, settled));
    return state;
  }

  #readCall(options: Readonly<Record<string, unknown>>, vhost: Vhost | undefined): Connecting {
    const { vhosts } = this.#calls;
    return lateClient.readConnectCall(options, {
      ...this.#calls,
      vhosts: vhost === undefined ? vhosts : [vhost],
    });
  }

  /** What makes a raw connection for `protocol`. @throws when nothing does */
  #adopter(protocol: BoundProtocol, file: boolean): (host: RoleHost) => AdoptedRoleState {
    const role = this.#home.roles.find((one) => one.adopt !== undefined);
    if (role?.adopt === undefined)
      throw new LwsError(coreErrors.LWS_ERR_MODULE_MISSING, 'to adopt needs @lws-ts/raw');
    return role.adopt({ protocol, file });
  }

  /** @throws `LWS_ERR_OPTION` for a wsi that can be nobody's parent */
  #parentOf(wsi: WsiView | undefined): Connection | undefined {
    if (wsi === undefined) return undefined;
    const host = ConnectionWsi.hostOf(wsi);
    if (host instanceof Connection && host.open && this.#all.at(host.place) === host) return host;
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      'parentWsi is no wsi of this context that is open',
    );
  }
}

function turnOut(transport: Transport, ticket: AdmissionTicket | undefined): void {
  attempt('release of an admission', () => ticket?.release());
  transport.abort();
}

function accepts(role: FirstRole | Role | undefined): role is FirstRole {
  return role?.accept !== undefined;
}
