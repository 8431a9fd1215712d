/** `context.connect`: from a call's options to a connection on its way, with everything checked at the door. */
import {
  type AnyOptionRules,
  type BoundProtocol,
  type ClientRoleState,
  type ClientTarget,
  type ConnectCall,
  interfaceErrors,
  LwsError,
  type Role,
  type RoleHost,
  resolveOptions,
  type WsiView,
} from '@lws-ts/interface';
import type { LinkOptions } from './client-link.ts';
import { joinTarget, readClientTarget } from './client-target.ts';
import type { ResolvedConnectOptions } from './connect-options.ts';
import { coreErrors } from './errors.ts';
import type { Keepalive } from './keepalive.ts';
import type { Vhost } from './vhost.ts';

/** A call that may be carried out. */
export interface Connecting {
  readonly vhost: Vhost;
  readonly parentWsi: WsiView | undefined;
  readonly link: LinkOptions;
  readonly call: ConnectCall;
  /** Makes the role's state. @throws for options that the role refuses */
  state(host: RoleHost): ClientRoleState;
}

/** What a call is read against. */
export interface ConnectSurroundings {
  readonly rules: AnyOptionRules;
  readonly roles: readonly Role[];
  readonly vhosts: readonly Vhost[];
  readonly keepalive: Keepalive;
}

/** @throws `LWS_ERR_OPTION`, `LWS_ERR_OPTION_UNKNOWN`, `LWS_ERR_MODULE_MISSING` */
export function readConnectCall(
  given: Readonly<Record<string, unknown>>,
  { rules, roles, vhosts, keepalive }: ConnectSurroundings,
): Connecting {
  const options = resolveOptions(rules, given, 'connect()');
  const own = options as typeof options & ResolvedConnectOptions;
  const target = targetOf(own);
  const vhost = own.vhost === undefined ? vhosts[0] : vhosts.find(({ name }) => name === own.vhost);
  if (vhost === undefined) throw refused(`there is no vhost ${own.vhost ?? 'at all'}`);
  const localProtocol = protocolOf(vhost, own.localProtocol);
  const role = roles.find((one) => one.schemes?.includes(target.scheme) === true);
  if (role?.connect === undefined)
    throw new LwsError(
      coreErrors.LWS_ERR_MODULE_MISSING,
      `no module in use connects to ${target.scheme}: URLs`,
    );
  if (target.secure && vhost.security === undefined)
    throw new LwsError(coreErrors.LWS_ERR_MODULE_MISSING, `${target.scheme}: needs @lws-ts/tls`);
  const connect = role.connect.bind(role);
  const call: ConnectCall = { target, options, localProtocol };
  return {
    vhost,
    parentWsi: own.parentWsi,
    link: { ...own, keepalive, given: options },
    call,
    state: (host) => connect(host, call),
  };
}

function targetOf({ url, address, port, path, ssl, method }: ResolvedConnectOptions): ClientTarget {
  if ((url === undefined) === (address === undefined))
    throw refused('connect() takes either url or address');
  if (url !== undefined) return readClientTarget(url);
  const plain = method === undefined ? 'ws' : method === 'RAW' ? 'raw' : 'http';
  const scheme = ssl ? `${plain}s` : plain;
  return joinTarget({ address: address as string, port, path, scheme });
}

function protocolOf(vhost: Vhost, name: string | undefined): BoundProtocol | undefined {
  if (name === undefined) return undefined;
  const protocol = vhost.protocolByName(name);
  if (protocol !== undefined) return protocol;
  const has = vhost.protocols.map((one) => one.name).join(', ');
  throw refused(`vhost ${vhost.name} has no protocol ${name}; it has ${has === '' ? 'none' : has}`);
}

function refused(detail: string): LwsError {
  return new LwsError(interfaceErrors.LWS_ERR_OPTION, detail);
}
