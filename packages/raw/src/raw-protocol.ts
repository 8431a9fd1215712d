/** Which protocol of a vhost gets its raw connections. */
import { coreErrors } from '@lws-ts/core';
import { type BoundProtocol, LwsError, type VhostView } from '@lws-ts/interface';
import { rawErrors } from './errors.ts';
import { rawOptionsOf } from './options.ts';

/** @throws `LWS_ERR_RAW_PROTOCOL`, `LWS_ERR_PROTOCOL_TWICE` */
export function acceptedProtocol(vhost: VhostView): BoundProtocol {
  const { listenAcceptRole, listenAcceptProtocol } = rawOptionsOf(vhost.options);
  const name = listenAcceptProtocol ?? (listenAcceptRole === 'raw-proxy' ? 'raw-proxy' : undefined);
  if (name === undefined) return rawProtocol(vhost);
  const named = vhost.protocolByName(name);
  if (named?.spec.raw !== undefined) return named;
  throw none(vhost, named === undefined ? `${name} is not there` : `${name} has no group raw`);
}

/** The one marked `raw: true`, else the first that could. @throws as {@link acceptedProtocol} */
export function rawProtocol(vhost: VhostView): BoundProtocol {
  const marked = vhost.protocols.filter(({ flags }) => flags.raw === true);
  if (marked.length > 1)
    throw new LwsError(
      coreErrors.LWS_ERR_PROTOCOL_TWICE,
      `${marked.map((one) => one.name).join(' and ')} of vhost ${vhost.name} are both its raw one`,
    );
  const chosen = marked[0] ?? vhost.protocols.find(({ spec }) => spec.raw !== undefined);
  if (chosen === undefined) throw none(vhost, 'none has a group raw');
  if (chosen.spec.raw === undefined) throw none(vhost, `${chosen.name} has no group raw`);
  return chosen;
}

function none(vhost: VhostView, why: string): LwsError {
  return new LwsError(rawErrors.LWS_ERR_RAW_PROTOCOL, `vhost ${vhost.name}: ${why}`);
}
