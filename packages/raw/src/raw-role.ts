import {
  type AdoptedRoleState,
  type Adoption,
  type BoundProtocol,
  type ClientRoleState,
  type ConnectCall,
  type HttpExchange,
  type KeptHeaders,
  LwsError,
  type RawHandlers,
  type Role,
  type RoleFallback,
  type RoleHost,
  type UpgradeAnswer,
  type VhostView,
} from '@lws-ts/interface';
import { rawErrors } from './errors.ts';
import { rawOptionsOf } from './options.ts';
import { RawClient } from './raw-client.ts';
import { acceptedProtocol } from './raw-protocol.ts';
import { RawState } from './raw-state.ts';
import { RawConnectionWsi } from './raw-wsi.ts';

/** Takes what is raw from the start, what turns out to be, what was adopted, and makes raw connections to others. */
export class RawRole implements Role {
  readonly name = 'raw';
  readonly schemes = ['raw', 'raws'];

  accept(host: RoleHost): AdoptedRoleState {
    return accepted(host);
  }

  comesFirst(vhost: VhostView): boolean {
    return rawOptionsOf(vhost.options).onlyRaw;
  }

  fallback(vhost: VhostView): RoleFallback | undefined {
    const { fallbackToRaw, fallbackSilenceSecs } = rawOptionsOf(vhost.options);
    return fallbackToRaw ? { accept: accepted, silenceSecs: fallbackSilenceSecs } : undefined;
  }

  /** As lws: a CONNECT request makes a raw connection, and nobody answers it but the protocol. */
  acceptUpgrade(exchange: HttpExchange): UpgradeAnswer | undefined {
    const { request, host } = exchange;
    if (request.method !== 'CONNECT' || this.fallback(host.vhost) === undefined) return undefined;
    return { kind: 'take', start: (next) => accepted(next, exchange.keepHeaders()) };
  }

  adopt({ protocol, file }: Adoption): (host: RoleHost) => AdoptedRoleState {
    const { raw, rawFile } = protocol.spec;
    const handlers = file ? (rawFile ?? raw) : (raw ?? rawFile);
    if (handlers === undefined)
      throw new LwsError(
        rawErrors.LWS_ERR_RAW_PROTOCOL,
        `${protocol.name} has no group raw or rawFile`,
      );
    return (host) => begun(host, protocol, handlers);
  }

  connect(host: RoleHost, call: ConnectCall): ClientRoleState {
    return new RawClient(host, call);
  }
}

function accepted(host: RoleHost, connect?: KeptHeaders): RawState {
  const protocol = acceptedProtocol(host.vhost);
  return begun(host, protocol, protocol.spec.raw ?? {}, connect);
}

function begun(
  host: RoleHost,
  protocol: BoundProtocol,
  handlers: RawHandlers<unknown, unknown>,
  connect?: KeptHeaders,
): RawState {
  const wsi = new RawConnectionWsi(host, protocol, true, connect);
  return new RawState(host, { protocol, handlers, wsi });
}
