/** What the wsi of every role has in common: the program's side of a connection. */
import type {
  BoundProtocol,
  PeerAddress,
  RoleHost,
  SecurityInfo,
  TimeoutReason,
  Wsi,
  WsiVhost,
} from '@lws-ts/interface';

/**
 * Base of the roles' wsi classes. All calls go to the connection, which ignores them once it is over:
 * a wsi that a program keeps is inert then.
 */
export class ConnectionWsi<S, V> implements Wsi<S, V> {
  readonly id: number;
  readonly session: S;
  readonly vhostData: V;
  readonly vhost: WsiVhost;
  /** For the roles; not part of what a program is given. */
  protected readonly host: RoleHost;
  readonly #bound: BoundProtocol;

  constructor(host: RoleHost, protocol: BoundProtocol) {
    this.host = host;
    this.#bound = protocol;
    this.id = host.id;
    this.vhost = host.vhost;
    this.session = protocol.spec.session?.() as S;
    this.vhostData = protocol.vhostData as V;
  }

  get protocol(): string {
    return this.#bound.name;
  }

  get peer(): PeerAddress {
    return this.host.transport.peer;
  }

  get security(): SecurityInfo | undefined {
    return this.host.transport.security;
  }

  get open(): boolean {
    return this.host.open;
  }

  get timeoutReason(): TimeoutReason | undefined {
    return this.host.timeoutReason;
  }

  requestWriteable(): void {
    this.host.requestWriteable();
  }

  requestWriteableAll(): void {
    this.#bound.requestWriteableAll();
  }

  rxFlowControl(on: boolean): void {
    this.host.rxFlowControl(on);
  }

  setTimerMs(ms: number): void {
    this.host.setTimerMs(ms);
  }

  setTimeout(reason: `user-${number}`, secs: number): void {
    if (this.host.open) this.host.setTimeout(reason, secs);
  }

  close(code?: number, reason = ''): void {
    this.host.close(code, reason);
  }

  abort(): void {
    this.host.abort();
  }
}
