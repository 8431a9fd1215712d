import { allowedMethods } from '@lws-ts/http/framing';
import type { CodedError, HttpAnswer, HttpExchange, UpgradeAnswer } from '@lws-ts/interface';
import { answered } from '../answered.ts';
import type { ProxyMount } from '../mount.ts';
import { withMountHeaders } from '../mount-headers.ts';
import type { MountServices } from '../mount-services.ts';
import { refuse } from '../refuse.ts';
import {
  forwardedFields,
  forwardRefusal,
  hopsLeft,
  ownFields,
  passedFields,
} from './forwarded-fields.ts';
import { ProxiedExchange } from './proxied-exchange.ts';
import { takeWebSocket } from './proxied-websocket.ts';

/** Passes a request on to the upstream of the mount. Undefined: an upgrade that goes on to the roles. */
export function answerProxy(
  exchange: HttpExchange,
  mount: ProxyMount,
  { upstreams }: MountServices,
): HttpAnswer | UpgradeAnswer | undefined {
  const { host, request } = exchange;
  const upgrade = request.field('upgrade');
  if (upgrade !== undefined && !(mount.wsUpgrades && upgrade.toLowerCase() === 'websocket'))
    return undefined;
  const refusal = forwardRefusal(request, upstreams.pseudonym);
  if (refusal !== undefined) {
    if (upgrade !== undefined) return refuseUpgrade(refusal, mount);
    refuse(exchange, refusal, mount.headers);
    return answered;
  }
  if (hopsLeft(request) === 0) {
    const methods = mount.methods?.join(', ') ?? allowedMethods;
    exchange.reply(204, withMountHeaders([['allow', methods]], mount.headers));
    return answered;
  }
  const { peer, security } = host.transport;
  const from = {
    peer,
    secure: security !== undefined,
    trusted: mount.trusted(peer.address),
    pseudonym: upstreams.pseudonym,
    rewrites: mount.rewriteLinks,
  };
  if (upgrade !== undefined)
    return takeWebSocket(exchange, mount, upstreams, forwardedFields(request, from));
  const forwarded = passedFields(request, mount.rewriteLinks);
  const lines = upstreams.ownFields.linesFor(host, forwarded, request, from);
  if (lines === undefined) forwarded.fields.push(...ownFields(forwarded, request, from));
  const answer = new ProxiedExchange(exchange, mount, upstreams, forwarded.fields, lines);
  answer.start();
  return answer;
}

function refuseUpgrade(error: CodedError, mount: ProxyMount): UpgradeAnswer {
  return { kind: 'refuse', status: error.status ?? 400, fields: mount.headers, error };
}
