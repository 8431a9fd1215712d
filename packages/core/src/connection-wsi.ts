/** What the wsi of every role has in common: the program's side of a connection. */
import {
  type BoundProtocol,
  interfaceErrors,
  LwsError,
  type PeerAddress,
  type RoleHost,
  type SecurityInfo,
  type TimeoutReason,
  type Wsi,
  type WsiVhost,
  type WsiView,
} from '@lws-ts/interface';
import { sessionOf } from './async-handler.ts';

const userReason = /^user-[0-9]+$/;

/**
 * Base of the roles' wsi classes. All calls go to the connection, which ignores them once it is over:
 * a wsi that a program keeps is inert then.
 */
export class ConnectionWsi<S, V> implements Wsi<S, V> {
  session: S;
  readonly vhost: WsiVhost;
  /** For the roles; not part of what a program is given. */
  protected readonly host: RoleHost;
  #bound: BoundProtocol;

  /** @param of has the session, where it was made before; else a new one is made */
  constructor(host: RoleHost, protocol: BoundProtocol, of?: { readonly session: unknown }) {
    this.host = host;
    this.#bound = protocol;
    this.vhost = host.vhost;
    this.session = (of === undefined ? sessionOf(protocol) : of.session) as S;
  }

  /** For the roles: another protocol, with a session of its own. One it has already stays. */
  protected rebind(protocol: BoundProtocol): void {
    if (protocol === this.#bound) return;
    this.#bound = protocol;
    this.session = sessionOf(protocol) as S;
  }

  /** For core: the connection behind a wsi; undefined for what is none. */
  static hostOf(wsi: unknown): RoleHost | undefined {
    return wsi instanceof ConnectionWsi ? wsi.host : undefined;
  }

  get id(): number {
    return this.host.id;
  }

  get vhostData(): V {
    return this.#bound.vhostData as V;
  }

  get parent(): WsiView | undefined {
    return this.host.parent;
  }

  get children(): readonly WsiView[] {
    return this.host.children;
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

  /** @throws `LWS_ERR_OPTION` for what is not a number of milliseconds */
  setTimerMs(ms: number): void {
    if (Number.isFinite(ms)) this.host.setTimerMs(ms);
    else if (this.host.open) refuse(`setTimerMs(${String(ms)})`);
  }

  /** @throws `LWS_ERR_OPTION` for a reason that is not the program's, or what is not a number of seconds */
  setTimeout(reason: `user-${number}`, secs: number): void {
    if (!this.host.open) return;
    if (!Number.isFinite(secs) || !userReason.test(reason))
      refuse(`setTimeout(${String(reason)}, ${String(secs)})`);
    this.host.setTimeout(reason, secs);
  }

  close(code?: number, reason = ''): void {
    this.host.close(code, reason);
  }

  abort(): void {
    this.host.abort();
  }
}

function refuse(call: string): never {
  throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${call} of a wsi`);
}
