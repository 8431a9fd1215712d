/** What the options of a client add to its vhost. */
import { LwsError, permessageDeflate } from 'lws-ts';

/** @throws `LWS_ERR_MODULE_MISSING` for what is not there yet */
export function vhostExtras(options: {
  readonly undeflated?: boolean;
  readonly pingSecs?: number;
}) {
  if (options.pingSecs !== undefined) throw new LwsError(noPings);
  return { extensions: options.undeflated === true ? [] : [permessageDeflate()] };
}

const noPings = {
  code: 'LWS_ERR_MODULE_MISSING',
  message: 'pings of the client itself are not there yet',
  hint: 'Leave -P away.',
} as const;
