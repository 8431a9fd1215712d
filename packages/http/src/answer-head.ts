/**
 * The head of an answer, written at once into the output of a connection: what the responder says, and what
 * follows from how it says it (framing, Date, Connection, the fields of the vhost).
 */
import { type HttpFields, LwsError, type RoleHost } from '@lws-ts/interface';
import { DateField } from './date-field.ts';
import { httpErrors } from './errors.ts';
import { fieldsLength, isHeadOnly } from './framing/index.ts';
import { statusLine, writeBytes, writeField } from './framing/write-head.ts';
import { LONGEST_END, writeHeadEnd } from './head-end.ts';
import type { HttpSite } from './http-site.ts';
import type { RecentHead } from './recent-heads.ts';
import type { SiteFields } from './site-fields.ts';

/** The most that a head, or the body of a whole answer, may have in bytes. */
export const ANSWER_LIMIT = 65_536;

/**
 * Writes and commits a head; returns how many bytes it has. Nothing is committed when it throws.
 *
 * @param recent what {@link RecentHeads.find} has for it
 * @param framing, connection as of {@link writeHeadEnd}
 * @throws `LWS_ERR_HTTP_FIELD_VALUE`, `LWS_ERR_HTTP_FIELD_RESERVED`, `LWS_ERR_HTTP_REPLY_LIMIT`
 */
export function writeAnswerHead(
  host: RoleHost,
  site: HttpSite | undefined,
  recent: RecentHead | undefined,
  status: number,
  fields: HttpFields,
  framing: number,
  connection: number,
): number {
  if (recent === undefined || site === undefined)
    return writeNewHead(host, site, status, fields, framing, connection);
  const bytes = recent.bytes(site.date, framing, connection);
  host.reserve(bytes.length).set(bytes, host.reservedAt);
  host.commit(bytes.length);
  return bytes.length;
}

/** Whether answers on a connection have the fields of secure transports. */
export function isSecure(host: RoleHost): boolean {
  return host.transport.security !== undefined;
}

/** The same for a head that was not written lately. */
export function writeNewHead(
  host: RoleHost,
  site: HttpSite | undefined,
  status: number,
  fields: HttpFields,
  framing: number,
  connection: number,
): number {
  const secure = isSecure(host);
  const own = secure ? site?.secureFields : site?.fields;
  const line = statusLine(status);
  const most =
    LONGEST_END + line.length + (own?.bytes.length ?? 0) + fieldsLength(fields) + DateField.length;
  if (most > ANSWER_LIMIT)
    throw new LwsError(httpErrors.LWS_ERR_HTTP_REPLY_LIMIT, `a head of ${most} bytes`);
  const into = host.reserve(most);
  const start = host.reservedAt;
  let end = writeBytes(into, start, line);
  const named = kindsOf(fields);
  const dated = (named & DATE) !== 0;
  end = writeSaid(into, end, fields, own);
  if (site !== undefined) {
    // what it asks of the connection has to be judged each time
    if ((named & CONNECTION) === 0)
      site.recentHeads.missed(status, fields, secure, dated, into, start, end);
    if (!dated) end = writeBytes(into, end, site.date.bytes);
  }
  end = writeHeadEnd(into, end, framing, connection);
  host.commit(end - start);
  return end - start;
}

/** What the responder says, and what the vhost adds to it: `own`, but for what the responder says itself. */
function writeSaid(
  into: Uint8Array,
  at: number,
  fields: HttpFields,
  own: SiteFields | undefined,
): number {
  let end = at;
  let repeated = false;
  const checked = own !== undefined && own.bytes.length > 0;
  for (let each = 0; each < fields.length; each++) {
    const [name, value] = fields[each] as (typeof fields)[number];
    if (checked && own.has(name)) repeated = true;
    if (judgeName(name) !== CONNECTION) end = writeField(into, end, name, value);
  }
  if (own === undefined) return end;
  return repeated ? own.writeBut(into, end, fields) : writeBytes(into, end, own.bytes);
}

/** The kinds of all of them, a bit each. */
function kindsOf(fields: HttpFields): number {
  let kinds = 0;
  for (let each = 0; each < fields.length; each++)
    kinds |= judgeName((fields[each] as (typeof fields)[number])[0]);
  return kinds;
}

/** Whether the responder asks for the connection to be closed: `connection: close` among its fields. */
export function asksToClose(fields: HttpFields): boolean {
  for (let each = 0; each < fields.length; each++) {
    const [name, value] = fields[each] as (typeof fields)[number];
    if (name.length === 10 && name.toLowerCase() === 'connection') {
      if (value.toLowerCase() === 'close') return true;
      throw new LwsError(httpErrors.LWS_ERR_HTTP_FIELD_RESERVED, `${name}: ${value}`);
    }
  }
  return false;
}

/** @throws `LWS_ERR_HTTP_FIELD_RESERVED` for a field that has to stand before the body */
export function assertTrailer(name: string): void {
  if (isHeadOnly(name.toLowerCase()))
    throw new LwsError(httpErrors.LWS_ERR_HTTP_FIELD_RESERVED, `${name} as a trailer`);
}

const ORDINARY = 0;
const DATE = 1;
const CONNECTION = 2;

function judgeName(name: string): number {
  const { length } = name;
  if (length !== 4 && length !== 10 && length !== 14 && length !== 17) return ORDINARY;
  switch (name.toLowerCase()) {
    case 'date':
      return DATE;
    case 'connection':
      return CONNECTION;
    case 'keep-alive':
    case 'content-length':
    case 'transfer-encoding':
      throw new LwsError(httpErrors.LWS_ERR_HTTP_FIELD_RESERVED, name);
    default:
      return ORDINARY;
  }
}
