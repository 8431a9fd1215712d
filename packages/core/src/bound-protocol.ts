import {
  type AnyProtocol,
  type AnyProtocolSpec,
  type BoundProtocol,
  type Descriptor,
  interfaceErrors,
  LwsError,
  type ProtocolVhost,
  type PvoFlags,
  type PvoSpec,
  protocolDefinition,
  type Wsi,
  type WsiView,
} from '@lws-ts/interface';
import { atOnce } from './async-handler.ts';
import { Roster } from './roster.ts';

/** A connection, as its protocol's list has it. */
export interface Listed {
  requestWriteable(): void;
}

/** What a protocol can ask of its vhost. */
export interface ProtocolHome {
  readonly name: string;
  connect(options: Readonly<Record<string, unknown>>): Wsi<unknown, unknown>;
  adoptDescriptor(
    descriptor: Descriptor,
    protocolName: string,
    parentWsi?: WsiView,
  ): Wsi<unknown, unknown>;
}

/** A protocol on one vhost, with its data there and its connections. */
export class VhostProtocol implements BoundProtocol {
  readonly name: string;
  readonly spec: AnyProtocolSpec;
  readonly flags: PvoFlags;
  readonly vhostData: unknown;
  readonly #vhost: ProtocolVhost<PvoSpec>;
  readonly #connections = new Roster<Listed>();
  /** `init` is being called, or was. */
  #begun = false;
  #live = false;

  /** @throws `LWS_ERR_HANDLER_ASYNC` for vhost data that would have to be waited for */
  constructor(protocol: AnyProtocol, home: ProtocolHome) {
    const { spec, pvo, flags } = protocolDefinition(protocol);
    this.name = spec.name;
    this.spec = spec;
    this.flags = flags;
    this.#vhost = Object.freeze({
      name: home.name,
      pvo: pvo as ProtocolVhost<PvoSpec>['pvo'],
      requestWriteableAll: () => this.requestWriteableAll(),
      connect: (options: Readonly<Record<string, unknown>>) => {
        this.#assertBegun('connect');
        return home.connect(options);
      },
      adoptDescriptor: (descriptor: Descriptor, protocolName = spec.name, parentWsi?: WsiView) => {
        this.#assertBegun('adoptDescriptor');
        return home.adoptDescriptor(descriptor, protocolName, parentWsi);
      },
    });
    this.vhostData = atOnce(spec.vhostData?.(this.#vhost), `vhostData of protocol ${this.name}`);
  }

  /** @throws `LWS_ERR_HANDLER_ASYNC` for one that would have to be waited for. lws: PROTOCOL_INIT */
  init(): void {
    this.#begun = true;
    atOnce(this.spec.init?.(this.#vhost, this.vhostData), `init of protocol ${this.name}`);
    this.#live = true;
  }

  /** Once, and only after `init`. lws: PROTOCOL_DESTROY */
  destroy(): unknown {
    if (!this.#live) return undefined;
    this.#live = false;
    return this.spec.destroy?.(this.#vhost, this.vhostData);
  }

  /** lws: EVENT_WAIT_CANCELLED */
  waitCancelled(): unknown {
    return this.#live ? this.spec.eventWaitCancelled?.(this.#vhost, this.vhostData) : undefined;
  }

  requestWriteableAll(): void {
    const connections = this.#connections;
    // an iterator would cost more than what it gives
    for (let place = 0; place < connections.places; place++)
      connections.at(place)?.requestWriteable();
  }

  /** Connections that are bound to it. */
  get size(): number {
    return this.#connections.size;
  }

  /** Its place, for {@link remove}. */
  add(connection: Listed): number {
    return this.#connections.add(connection);
  }

  remove(place: number): void {
    this.#connections.remove(place);
  }

  #assertBegun(what: string): void {
    if (this.#begun) return;
    throw new LwsError(
      interfaceErrors.LWS_ERR_PROTOCOL_DEFINITION,
      `"${this.name}" calls ${what} of its vhost before init`,
    );
  }
}

/** The name of a protocol that a program gives to `call`. @throws `LWS_ERR_OPTION` for what is none, a name too */
export function nameOfProtocol(protocol: unknown, call: string): string {
  const given = typeof protocol === 'object' ? (protocol as Partial<AnyProtocol> | null) : null;
  if (typeof given?.name === 'string') return given.name;
  const shown = typeof protocol === 'string' ? JSON.stringify(protocol) : typeof protocol;
  throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${call} takes a protocol, not ${shown}`);
}
