import type { HttpAnswer, HttpExchange, UpgradeAnswer } from '@lws-ts/interface';
import { answered } from './answered.ts';
import { mountErrors } from './errors.ts';
import type { CallbackMount } from './mount.ts';
import type { MountServices } from './mount-services.ts';
import { refuse } from './refuse.ts';

/** Gives a request to the protocol of the mount. Undefined: an upgrade that goes on to the roles. */
export function answerCallback(
  exchange: HttpExchange,
  mount: CallbackMount,
  _services: MountServices,
): HttpAnswer | UpgradeAnswer | undefined {
  if (exchange.request.field('upgrade') !== undefined) return undefined;
  refuse(exchange, mountErrors.LWS_ERR_MOUNT_NO_HANDLER, mount.headers);
  return answered;
}
