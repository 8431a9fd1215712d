import type { Duplex } from 'node:stream';
import {
  type AnyProtocol,
  type BoundProtocol,
  type Descriptor,
  type ErrorCode,
  interfaceErrors,
  LwsError,
  type OptionRules,
  type Role,
  resolveOptions,
  type Transport,
  type TransportSecurity,
  type VhostCounters,
  type VhostView,
  type Wsi,
  type WsiView,
} from '@lws-ts/interface';
import { type Listed, nameOfProtocol, VhostProtocol } from './bound-protocol.ts';
import { transportOf } from './duplex-transport.ts';
import { coreErrors } from './errors.ts';
import * as lateDescriptor from './late-descriptor.ts';
import { type ListenAddress, listenAddressOf } from './listen-address.ts';
import type { VhostTable } from './vhost-table.ts';

/** What became of the connections of a vhost that ended. */
export interface VhostReport {
  /** Connections that ended in order. */
  readonly closed: number;
  /** Connections that were cut at the deadline. */
  readonly cut: number;
}

/** What a vhost needs of its context. */
export interface VhostHome {
  /** Throws when the context or the vhost has ended, `protocol` has no handlers for it, or the parent is over. */
  assertAdopts(vhost: Vhost, protocol?: BoundProtocol, parentWsi?: WsiView): void;
  /** @param protocol for a raw connection of that protocol; else it is what its vhost accepts */
  adopt(transport: Transport, vhost: Vhost, parentWsi?: WsiView, protocol?: BoundProtocol): void;
  adoptDescriptor(
    descriptor: Descriptor,
    vhost: Vhost,
    protocol: BoundProtocol,
    parentWsi: WsiView | undefined,
  ): Wsi<unknown, unknown>;
  connectOn(vhost: Vhost, options: Readonly<Record<string, unknown>>): Wsi<unknown, unknown>;
  endVhost(vhost: Vhost, deadlineSecs: number): Promise<VhostReport>;
}

/** What `adoptSocket` can be told. */
export interface AdoptSocketOptions {
  /** Bytes that were read of it already: they come first. lws: lws_adopt_socket_vhost_readbuf @defaultValue none */
  readonly readbuf?: Uint8Array;
  /** The raw protocol that gets it, by name. @defaultValue it is served as if accepted: HTTP, or what the vhost says */
  readonly protocol?: string;
  /** A wsi of this context that it ends with, and before. @defaultValue none */
  readonly parentWsi?: WsiView;
}

const adoptSocketRules: OptionRules<AdoptSocketOptions> = {
  readbuf: { kind: 'custom', fallback: undefined, check: checkBytes },
  protocol: { kind: 'string', fallback: undefined },
  parentWsi: { kind: 'custom', fallback: undefined, check: (value) => value },
};

const destroyRules: OptionRules<{ readonly deadlineSecs?: number }> = {
  deadlineSecs: { kind: 'number', fallback: 10, min: 0, max: 86_400 },
};

/** The core options of a vhost, resolved. */
export interface ResolvedVhostOptions {
  readonly name: string;
  readonly port: number;
  readonly interface: string | undefined;
  readonly protocols: readonly AnyProtocol[];
  readonly firstRole: string | undefined;
  readonly holdTimeoutSecs: number;
}

/** One named server on one port: its protocols, its options, its counters. lws: struct lws_vhost */
export class Vhost implements VhostView {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly counters: VhostCounters;
  readonly protocols: readonly VhostProtocol[];
  readonly defaultProtocol: BoundProtocol | undefined;
  readonly holdTimeoutSecs: number;
  /** Where its listener is asked to be. */
  readonly interface: string | undefined;
  readonly requestedPort: number;
  readonly listenAddress: ListenAddress;
  /** Owned by core: the role of an accepted connection, the vhosts of the same port, the TLS layer. */
  firstRole: Role | undefined = undefined;
  /** Owned by core. */
  table: VhostTable<Vhost> | undefined = undefined;
  /** Owned by core. */
  security: TransportSecurity | undefined = undefined;
  /** Owned by core: its protocols and modules have been told that it is over. */
  destroyed = false;
  /** `destroy` was called: nobody finds it any more. */
  ending = false;
  /** Owned by core: the real port. */
  listening: number;

  readonly #home: VhostHome;
  #end: Promise<VhostReport> | undefined = undefined;

  constructor(home: VhostHome, options: Readonly<Record<string, unknown>>) {
    const own = options as typeof options & ResolvedVhostOptions;
    this.#home = home;
    this.name = own.name;
    this.options = options;
    this.interface = own.interface;
    this.requestedPort = own.port;
    this.listenAddress = listenAddressOf(options);
    this.listening = own.port;
    this.holdTimeoutSecs = own.holdTimeoutSecs;
    this.counters = {
      rx: 0,
      tx: 0,
      h1_conn: 0,
      h1_trans: 0,
      ah_waits: 0,
      ws_upg: 0,
      rejected: 0,
      ssl_cert_end: 0,
      refused: new Map(),
    };
    this.protocols = own.protocols.map((protocol) => new VhostProtocol(protocol, this));
    this.defaultProtocol = this.#checkProtocols();
  }

  get port(): number {
    return this.listening;
  }

  protocolByName(name: string): BoundProtocol | undefined {
    for (const protocol of this.protocols) if (protocol.name === name) return protocol;
    return undefined;
  }

  /**
   * Takes over a connection as if it had been accepted on this vhost's port: any Duplex (a socket, a
   * child's stdio, an ssh channel, a stream of a test) or a transport of one's own. lws: lws_adopt_descriptor_vhost
   *
   * @param parentWsi a wsi of this context that it ends with, and before
   * @throws `LWS_ERR_CONTEXT_CLOSED`, `LWS_ERR_VHOST_DESTROYED`; `LWS_ERR_OPTION` for a parent that is over, and for
   *   what is neither of them
   */
  adopt(connection: Duplex | Transport, parentWsi?: WsiView): void {
    const { attach, write } = (connection ?? {}) as Partial<Transport & Duplex>;
    if (typeof attach !== 'function' && typeof write !== 'function')
      throw new LwsError(
        interfaceErrors.LWS_ERR_OPTION,
        'what is to be adopted is no Duplex or transport',
      );
    const transport = 'attach' in connection ? connection : transportOf(connection);
    this.#home.adopt(transport, this, parentWsi);
  }

  /**
   * Takes over a connected socket that was opened elsewhere, by its number, as a stream or as a transport, and
   * serves it as if it had been accepted on this vhost's port, TLS included. lws: lws_adopt_socket_vhost
   *
   * @throws `LWS_ERR_ADOPT` for what cannot be served, `LWS_ERR_OPTION`, `LWS_ERR_CONTEXT_CLOSED`,
   *   `LWS_ERR_VHOST_DESTROYED`; it stays the caller's then
   */
  adoptSocket(socket: Descriptor, options: AdoptSocketOptions = {}): void {
    const { readbuf, protocol, parentWsi } = resolveOptions(
      adoptSocketRules,
      options as Readonly<Record<string, unknown>>,
      'adoptSocket()',
    ) as AdoptSocketOptions;
    const bound = protocol === undefined ? undefined : this.#protocolNamed(protocol);
    this.#home.assertAdopts(this, bound, parentWsi);
    const { transport } = lateDescriptor.openDescriptor(socket, false);
    if (readbuf !== undefined && transport.unread === undefined)
      throw new LwsError(coreErrors.LWS_ERR_ADOPT, 'its transport takes no readbuf');
    if (readbuf !== undefined && readbuf.length > 0) transport.unread?.(readbuf);
    this.#home.adopt(transport, this, parentWsi, bound);
  }

  /**
   * Makes a wsi of something that is open: files, FIFOs, pipes and terminals by their number for the group
   * `rawFile` of the protocol, sockets and streams for its group `raw`; a protocol that has but one of the groups
   * gets all with that one. There is no TLS. Its `adopt` is called after this returned.
   * lws: lws_adopt_descriptor_vhost
   *
   * @param parentWsi a wsi of this context that it ends with, and before
   * @throws `LWS_ERR_ADOPT` for what cannot be served, `LWS_ERR_OPTION` for a protocol that the vhost has not or a parent that is over,
   *   `LWS_ERR_RAW_PROTOCOL` for one without these groups, `LWS_ERR_MODULE_MISSING` without `raw()`,
   *   `LWS_ERR_CONTEXT_CLOSED`, `LWS_ERR_VHOST_DESTROYED`; the descriptor stays the caller's then
   */
  adoptDescriptor(
    descriptor: Descriptor,
    protocolName: string,
    parentWsi?: WsiView,
  ): Wsi<unknown, unknown> {
    this.#home.assertAdopts(this);
    const protocol = this.#protocolNamed(protocolName);
    return this.#home.adoptDescriptor(descriptor, this, protocol, parentWsi);
  }

  /** As `context.connect`, on this vhost. */
  connect(options: Readonly<Record<string, unknown>>): Wsi<unknown, unknown> {
    return this.#home.connectOn(this, options);
  }

  /**
   * Ends the vhost while the context goes on: nobody finds it any more, its transactions finish, its WebSockets
   * are closed with 1001, and what is left at the deadline is cut; then `destroy` of its protocols is called. Other
   * vhosts of its port go on with the listener, which ends with the last of them; the first of them has who connected
   * without TLS and is in the first head of a request, or before it. A second call gives the first one's report.
   *
   * @param options `deadlineSecs`: 0 to 86400; 0 cuts at once. Default: 10
   * @throws (rejects) `LWS_ERR_OPTION`, `LWS_ERR_OPTION_UNKNOWN`, and nothing is ended
   *
   * lws: lws_vhost_destroy
   */
  destroy(options: { readonly deadlineSecs?: number } = {}): Promise<VhostReport> {
    if (this.#end !== undefined) return this.#end;
    let deadlineSecs: number;
    try {
      const resolved = resolveOptions(destroyRules, options, 'destroy()');
      deadlineSecs = resolved['deadlineSecs'] as number;
    } catch (error) {
      return Promise.reject(error as Error);
    }
    this.ending = true;
    this.#end = this.#home.endVhost(this, deadlineSecs);
    return this.#end;
  }

  /**
   * Asks for `writeable` of every wsi of a protocol on this vhost.
   *
   * @throws `LWS_ERR_OPTION` for what is no protocol, a name of one too
   *
   * lws: lws_callback_on_writable_all_protocol_vhost
   */
  requestWriteableAll(protocol: AnyProtocol): void {
    this.protocolByName(nameOfProtocol(protocol, 'requestWriteableAll()'))?.requestWriteableAll();
  }

  /** Connections bound to each protocol, by name. */
  connectionsByProtocol(): Map<string, number> {
    return new Map(this.protocols.map((protocol) => [protocol.name, protocol.size]));
  }

  /** Owned by core. */
  sibling(name: string): Vhost {
    return this.table?.select(name) ?? this;
  }

  /** Owned by core: once it ends, who has what arrived at its port without TLS and has chosen nobody yet. */
  get heir(): Vhost | undefined {
    const first = this.table?.first;
    return first?.security?.serves === true ? undefined : first;
  }

  /** Owned by core. The place on the protocol's list, for `unbind`; -1 for one of another vhost. */
  bind(protocol: BoundProtocol, connection: Listed): number {
    return this.#own(protocol)?.add(connection) ?? -1;
  }

  /** Owned by core. */
  unbind(protocol: BoundProtocol, place: number): void {
    this.#own(protocol)?.remove(place);
  }

  /** Owned by core. */
  count(code: ErrorCode): void {
    const { refused } = this.counters;
    refused.set(code, (refused.get(code) ?? 0) + 1);
  }

  /** Undefined for one of another vhost. */
  #own(protocol: BoundProtocol): VhostProtocol | undefined {
    return this.protocols[this.protocols.indexOf(protocol as VhostProtocol)];
  }

  #protocolNamed(name: string): BoundProtocol {
    const protocol = this.protocolByName(name);
    if (protocol !== undefined) return protocol;
    const has = this.protocols.map((one) => one.name).join(', ');
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      `vhost ${this.name} has no protocol ${String(name)}; it has ${has === '' ? 'none' : has}`,
    );
  }

  #checkProtocols(): VhostProtocol | undefined {
    const names = new Set<string>();
    let byDefault: VhostProtocol | undefined;
    for (const protocol of this.protocols) {
      if (names.has(protocol.name))
        throw new LwsError(
          coreErrors.LWS_ERR_PROTOCOL_TWICE,
          `${protocol.name} of vhost ${this.name}`,
        );
      names.add(protocol.name);
      if (protocol.flags.default !== true) continue;
      if (byDefault !== undefined)
        throw new LwsError(
          coreErrors.LWS_ERR_PROTOCOL_TWICE,
          `${byDefault.name} and ${protocol.name} of vhost ${this.name} are both its default`,
        );
      byDefault = protocol;
    }
    return byDefault;
  }
}

function checkBytes(value: unknown, name: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name} is no Uint8Array`);
}
