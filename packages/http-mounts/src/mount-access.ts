import type {
  CodedError,
  HttpAnswer,
  HttpExchange,
  HttpFields,
  UpgradeAnswer,
} from '@lws-ts/interface';
import { answered } from './answered.ts';
import { mountErrors } from './errors.ts';
import { basicCredentials } from './login-file.ts';
import type { MountCommon } from './mount.ts';
import type { MountServices } from './mount-services.ts';
import { refuse } from './refuse.ts';

/**
 * Asks the login file of a mount, if it has one, of plain requests and of upgrades.
 *
 * @returns undefined: the request may be
 */
export function checkLogin(
  exchange: HttpExchange,
  mount: MountCommon,
  { clock, logins }: MountServices,
): HttpAnswer | UpgradeAnswer | undefined {
  const { login, headers } = mount;
  if (login === undefined) return undefined;
  const { request, host } = exchange;
  const field = request.field('authorization');
  const given = basicCredentials(field);
  const { peer } = host.transport;
  const now = clock.now();
  // unheard: a right one would tell who guesses that it is
  if (field !== undefined && !logins.mayTry(peer, now))
    return refused(exchange, mountErrors.LWS_ERR_MOUNT_LOGIN_LIMIT, headers, [
      ['retry-after', String(logins.retrySecs())],
    ]);
  const known = given === undefined ? false : login.has(given.user, given.password, now);
  if (known === true) {
    exchange.user = Buffer.from(given?.user ?? []).toString('latin1');
    return undefined;
  }
  // what cannot be asked lets nobody in
  if (known === undefined) return refused(exchange, mountErrors.LWS_ERR_MOUNT_LOGIN_FILE, headers);
  if (field !== undefined) logins.failed(peer, now);
  // RFC 7617 §2; the name of a vhost needs no escapes
  const realm = host.vhost.name;
  const challenge = ['www-authenticate', `Basic realm="${realm}", charset="UTF-8"`] as const;
  const error =
    field === undefined ? mountErrors.LWS_ERR_MOUNT_LOGIN_ABSENT : mountErrors.LWS_ERR_MOUNT_LOGIN;
  return refused(exchange, error, headers, [challenge]);
}

function refused(
  exchange: HttpExchange,
  error: CodedError,
  headers: HttpFields,
  fields: HttpFields = [],
): HttpAnswer | UpgradeAnswer {
  if (exchange.request.field('upgrade') !== undefined)
    return { kind: 'refuse', status: error.status ?? 500, fields: [...headers, ...fields], error };
  refuse(exchange, error, headers, fields);
  return answered;
}
