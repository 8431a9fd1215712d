import {
  type AnyProtocol,
  type AnyProtocolSpec,
  type BoundProtocol,
  type ProtocolVhost,
  type PvoFlags,
  type PvoSpec,
  protocolDefinition,
} from '@lws-ts/interface';

/** A connection, as its protocol's list has it. */
export interface Listed {
  requestWriteable(): void;
}

/** A protocol on one vhost, with its data there and its connections. */
export class VhostProtocol implements BoundProtocol {
  readonly name: string;
  readonly spec: AnyProtocolSpec;
  readonly flags: PvoFlags;
  readonly vhostData: unknown;
  readonly #vhost: ProtocolVhost<PvoSpec>;
  readonly #connections = new Set<Listed>();
  #live = false;

  constructor(protocol: AnyProtocol, vhostName: string) {
    const { spec, pvo, flags } = protocolDefinition(protocol);
    this.name = spec.name;
    this.spec = spec;
    this.flags = flags;
    this.#vhost = Object.freeze({
      name: vhostName,
      pvo: pvo as ProtocolVhost<PvoSpec>['pvo'],
      requestWriteableAll: () => this.requestWriteableAll(),
    });
    this.vhostData = spec.vhostData?.(this.#vhost);
  }

  /** lws: PROTOCOL_INIT */
  init(): void {
    this.spec.init?.(this.#vhost, this.vhostData);
    this.#live = true;
  }

  /** Once, and only after `init`. lws: PROTOCOL_DESTROY */
  destroy(): void {
    if (!this.#live) return;
    this.#live = false;
    this.spec.destroy?.(this.#vhost, this.vhostData);
  }

  /** lws: EVENT_WAIT_CANCELLED */
  waitCancelled(): void {
    if (this.#live) this.spec.eventWaitCancelled?.(this.#vhost, this.vhostData);
  }

  requestWriteableAll(): void {
    for (const connection of this.#connections) connection.requestWriteable();
  }

  /** Connections that are bound to it. */
  get size(): number {
    return this.#connections.size;
  }

  add(connection: Listed): void {
    this.#connections.add(connection);
  }

  remove(connection: Listed): void {
    this.#connections.delete(connection);
  }
}
