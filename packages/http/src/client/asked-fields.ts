import type { ClientTarget, HttpFields } from '@lws-ts/interface';
import type { ResolvedHttpConnectOptions } from './connect-options.ts';
import { basicCredentials } from './request-head.ts';

/**
 * The fields of a request: Origin, what the requester asks for, credentials, those of the options.
 *
 * @param first where the request went at first: its credentials hold for what has none of its own
 */
export function askedFields(
  target: ClientTarget,
  first: ClientTarget,
  asked: HttpFields,
  { headers, origin }: ResolvedHttpConnectOptions,
): HttpFields {
  const credentials = target.credentials === '' ? first.credentials : target.credentials;
  if (origin === undefined && credentials === '' && headers.length === 0) return asked;
  const fields: (readonly [string, string])[] = origin === undefined ? [] : [['origin', origin]];
  fields.push(...asked);
  if (credentials !== '' && !headers.some(([name]) => name === 'authorization'))
    fields.push(['authorization', basicCredentials(credentials)]);
  fields.push(...headers);
  return fields;
}
