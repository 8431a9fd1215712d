import {
  type BoundProtocol,
  type ClientRoleState,
  type ConnectCall,
  LwsError,
  type Role,
  type RoleHost,
  type VhostView,
} from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import type { IdleTransports } from './idle-transports.ts';
import * as lateClient from './late-client.ts';
import { requestMethod } from './request-method.ts';

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
    return new lateClient.HttpClientConnection(host, call, protocol, idle, method).request
      .transaction;
  }
}

/** @throws `LWS_ERR_HTTP_CLIENT_PROTOCOL` */
function firstProtocol(vhost: VhostView): BoundProtocol {
  const [first] = vhost.protocols;
  if (first !== undefined) return first;
  throw new LwsError(httpErrors.LWS_ERR_HTTP_CLIENT_PROTOCOL, `vhost ${vhost.name} has none`);
}
