import {
  type BoundProtocol,
  type ClientRoleState,
  type ConnectCall,
  interfaceErrors,
  LwsError,
  type Role,
  type RoleHost,
  type VhostView,
} from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import { HttpClientConnection } from './http-client-wsi.ts';
import type { IdleTransports } from './idle-transports.ts';

/** Methods that mean something else than a request and its answer. */
const refusedMethods: ReadonlySet<string> = new Set(['CONNECT', 'RAW']);

/** Makes the requests of `context.connect({ url: 'http://…' })`. */
export class HttpClientRole implements Role {
  readonly name = 'http';
  readonly schemes = ['http', 'https'];
  readonly #idleOf: (vhost: VhostView) => IdleTransports;

  /** @param idleOf the connections that a vhost keeps for further requests */
  constructor(idleOf: (vhost: VhostView) => IdleTransports) {
    this.#idleOf = idleOf;
  }

  connect(host: RoleHost, call: ConnectCall): ClientRoleState {
    const method = requestMethod(call);
    const protocol = call.localProtocol ?? firstProtocol(host.vhost);
    const idle = this.#idleOf(host.vhost);
    return new HttpClientConnection(host, call, protocol, idle, method).request.transaction;
  }
}

/** @throws `LWS_ERR_OPTION` for a method that is no request */
export function requestMethod(call: ConnectCall): string {
  // of core
  const method = (call.options['method'] as string | undefined) ?? 'GET';
  if (!refusedMethods.has(method)) return method;
  throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `method is ${method}, of an http: URL`);
}

/** @throws `LWS_ERR_HTTP_CLIENT_PROTOCOL` */
function firstProtocol(vhost: VhostView): BoundProtocol {
  const [first] = vhost.protocols;
  if (first !== undefined) return first;
  throw new LwsError(httpErrors.LWS_ERR_HTTP_CLIENT_PROTOCOL, `vhost ${vhost.name} has none`);
}
