/** A raw connection on its way out: a socket, secured where it is to be, and nothing said on it. */
import { coreErrors } from '@lws-ts/core';
import {
  type BoundProtocol,
  type ClientRoleState,
  type ClientTarget,
  type CodedError,
  type ConnectCall,
  dropPromise,
  interfaceErrors,
  LwsError,
  type RoleHost,
} from '@lws-ts/interface';
import { rawErrors } from './errors.ts';
import { rawProtocol } from './raw-protocol.ts';
import { RawState } from './raw-state.ts';
import { RawConnectionWsi } from './raw-wsi.ts';

/** Options of other roles that mean nothing here. */
const foreign = ['headers', 'host', 'origin', 'proxy', 'protocols'];
const noBytes = new Uint8Array(0);

export class RawClient implements ClientRoleState {
  readonly name = 'raw';
  readonly wsi: RawConnectionWsi;
  readonly #host: RoleHost;
  readonly #target: ClientTarget;
  readonly #protocol: BoundProtocol;
  #secured = false;

  /** @throws `LWS_ERR_OPTION` for what a raw connection has not, `LWS_ERR_RAW_PROTOCOL` */
  constructor(host: RoleHost, call: ConnectCall) {
    refuseForeign(call);
    const protocol = call.localProtocol ?? rawProtocol(host.vhost);
    if (protocol.spec.raw === undefined)
      throw new LwsError(rawErrors.LWS_ERR_RAW_PROTOCOL, `${protocol.name} has no group raw`);
    this.#host = host;
    this.#target = call.target;
    this.#protocol = protocol;
    this.wsi = new RawConnectionWsi(host, protocol, false);
  }

  attempt(): void {
    this.#secured = false;
    this.#host.dial(this.#target);
  }

  connected(): void {
    const host = this.#host;
    if (this.#target.secure && !this.#secured) {
      this.#secured = true;
      host.secure(this.#target.host);
      return;
    }
    const { spec } = this.#protocol;
    this.wsi.connected();
    host.established();
    const state = new RawState(host, {
      protocol: this.#protocol,
      handlers: spec.raw ?? {},
      wsi: this.wsi,
    });
    host.become(() => state, noBytes);
    state.begin();
  }

  rx(bytes: Uint8Array): number {
    return bytes.length;
  }

  peerEnded(): void {
    this.#host.fail(coreErrors.LWS_ERR_CONNECT_CLOSED);
  }

  gone(error: CodedError | undefined): void {
    const why = error ?? coreErrors.LWS_ERR_CONNECT_CLOSED;
    const told = why instanceof LwsError ? why : new LwsError(why);
    const done: unknown = this.#protocol.spec.client?.connectionError?.(this.wsi, told);
    if (!dropPromise(done)) return;
    this.#host.report(coreErrors.LWS_ERR_HANDLER_ASYNC, 'connectionError');
  }

  writeable(): void {}

  service(): boolean {
    return false;
  }

  timeout(): void {}

  timer(): void {}

  drained(): void {}

  closing(): boolean {
    return false;
  }

  threw(): void {}

  leaving(): void {}
}

function refuseForeign({ options, target }: ConnectCall): void {
  for (const name of foreign) {
    const value = options[name];
    const given = Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
    if (given) throw refused(`${name} means nothing to a raw connection`);
  }
  if (target.path !== '/')
    throw refused(`a raw connection has no path ${target.path.slice(0, 64)}`);
  if (target.credentials !== '') throw refused('a raw connection has no user and password');
}

function refused(detail: string): LwsError {
  return new LwsError(interfaceErrors.LWS_ERR_OPTION, detail);
}
