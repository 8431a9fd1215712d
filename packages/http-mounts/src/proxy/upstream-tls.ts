import {
  clientTlsRules,
  interfaceErrors,
  isRecord,
  LwsError,
  resolveOptions,
} from '@lws-ts/interface';
import type { UpstreamTls } from '../mount.ts';

/** Those that were given. @throws `LWS_ERR_OPTION`, `LWS_ERR_OPTION_UNKNOWN` */
export function readUpstreamTls(value: unknown, name: string): UpstreamTls {
  if (!isRecord(value))
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name} is not a record of options`);
  const given = Object.entries(resolveOptions(clientTlsRules, value, name))
    .filter(([, one]) => one !== undefined && one !== false)
    // a mount lasts: what its bytes are now counts
    .map(([option, one]) => [option, one instanceof Uint8Array ? Uint8Array.from(one) : one]);
  return Object.freeze(Object.fromEntries(given)) as UpstreamTls;
}
