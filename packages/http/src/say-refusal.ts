/** What is said, and written into the access log, of a request that is refused, and of one that is over. */
import type { HttpFields, RoleHost } from '@lws-ts/interface';
import type { RequestHeadReader } from './framing/index.ts';
import type { H1Exchange } from './h1-exchange.ts';
import type { HttpSite } from './http-site.ts';
import { errorPage, writeRefusalBytes } from './refusal.ts';
import { GONE_STATUS } from './upgrade-record.ts';

/**
 * Writes a refusal, unless an answer was begun: there is only one. Returns how many bytes it has.
 *
 * @param exchange undefined: the head could not be read, as far as `head` knows it
 */
export function sayRefusal(
  host: RoleHost,
  site: HttpSite,
  exchange: H1Exchange | undefined,
  head: RequestHeadReader | undefined,
  status: number,
  fields: HttpFields,
): number {
  if (exchange?.untouched === false) return 0;
  const method = exchange?.request.method ?? head?.method;
  const written = writeRefusalBytes(host, status, fields, method !== 'HEAD');
  const bytes = method === 'HEAD' ? 0 : errorPage(host.vhost, status, []).body.length;
  if (exchange === undefined) record(host, site, undefined, status, bytes);
  else {
    exchange.status = status;
    exchange.bodyBytes = bytes;
  }
  return written;
}

/** The line of a request that is over, where there is an access log. */
export function recordAnswer(host: RoleHost, site: HttpSite, exchange: H1Exchange): void {
  if (site.accessLog !== undefined)
    record(host, site, exchange, exchange.status || GONE_STATUS, exchange.bodyBytes);
}

function record(
  host: RoleHost,
  { accessLog }: HttpSite,
  exchange: H1Exchange | undefined,
  status: number,
  bytes: number,
): void {
  const { address } = host.transport.peer;
  accessLog?.record({ address, user: exchange?.user, status, bytes, request: exchange?.request });
}
