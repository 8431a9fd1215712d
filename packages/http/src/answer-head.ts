/**
 * The head of an answer, written at once into the output of a connection: what the responder says, and what
 * follows from how it says it (framing, Date, Connection, the fields of the vhost).
 */
import { type HttpFields, LwsError, type RoleHost } from '@lws-ts/interface';
import { DateField } from './date-field.ts';
import { httpErrors } from './errors.ts';
import { fieldsLength, isHeadOnly } from './framing/index.ts';
import { statusLine, writeBytes, writeField } from './framing/write-head.ts';
import type { HttpSite } from './http-site.ts';
import type { SiteFields } from './site-fields.ts';

/** How the body of an answer is framed; a number of bytes from 0 on is a Content-Length. */
export const NO_FRAMING = -1;
export const CHUNKED = -2;

/** What an answer says of the connection. */
export const SAY_NOTHING = 0;
export const SAY_CLOSE = 1;
export const SAY_KEEP_ALIVE = 2;
/** Goes with an Upgrade field in a refusal (RFC 9110 §7.8). */
export const SAY_CLOSE_UPGRADE = 3;

/** The most that a head, or the body of a whole answer, may have in bytes. */
export const ANSWER_LIMIT = 65_536;

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const chunkedField = bytesOf('transfer-encoding: chunked\r\n');
const lengthName = bytesOf('content-length: ');
const connectionFields = [
  '',
  'connection: close\r\n',
  'connection: keep-alive\r\n',
  'connection: close, upgrade\r\n',
].map(bytesOf);
/** Content-Length with 16 digits, the longest Connection field and the empty line. */
const EXTRA = 34 + 28 + 2;

/**
 * Writes and commits a head; returns how many bytes it has. Nothing is committed when it throws.
 *
 * @param framing bytes of the body, `NO_FRAMING` or `CHUNKED`
 * @param connection one of the `SAY_…`
 * @throws `LWS_ERR_HTTP_FIELD_VALUE`, `LWS_ERR_HTTP_FIELD_RESERVED`, `LWS_ERR_HTTP_REPLY_LIMIT`
 */
export function writeAnswerHead(
  host: RoleHost,
  site: HttpSite | undefined,
  status: number,
  fields: HttpFields,
  framing: number,
  connection: number,
): number {
  const secure = host.transport.security !== undefined;
  const recent = site?.recentHeads.find(status, fields, secure);
  const own = secure ? site?.secureFields : site?.fields;
  const line = statusLine(status);
  const most =
    EXTRA +
    (recent?.bytes.length ?? line.length + (own?.bytes.length ?? 0) + fieldsLength(fields)) +
    (site === undefined ? 0 : DateField.length);
  if (most > ANSWER_LIMIT)
    throw new LwsError(httpErrors.LWS_ERR_HTTP_REPLY_LIMIT, `a head of ${most} bytes`);
  const into = host.reserve(most);
  const start = host.reservedAt;
  let end = start;
  let dated = site === undefined;
  if (recent !== undefined) {
    end = writeBytes(into, end, recent.bytes);
    dated = recent.dated;
  } else {
    end = writeBytes(into, end, line);
    dated = hasDate(fields) || dated;
    end = writeSaid(into, end, fields, own);
    site?.recentHeads.missed(status, fields, secure, dated, into, start, end);
  }
  if (site !== undefined && !dated) end = writeBytes(into, end, site.date.bytes);
  if (framing === CHUNKED) end = writeBytes(into, end, chunkedField);
  else if (framing >= 0) end = writeLength(into, end, framing);
  if (connection !== SAY_NOTHING)
    end = writeBytes(into, end, connectionFields[connection] as Uint8Array);
  into[end++] = 0x0d;
  into[end++] = 0x0a;
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

function hasDate(fields: HttpFields): boolean {
  for (let each = 0; each < fields.length; each++)
    if (judgeName((fields[each] as (typeof fields)[number])[0]) === DATE) return true;
  return false;
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

function writeLength(into: Uint8Array, at: number, length: number): number {
  let end = writeBytes(into, at, lengthName);
  if (length < 10) into[end++] = 0x30 + length;
  else {
    const digits = String(length);
    for (let each = 0; each < digits.length; each++) into[end++] = digits.charCodeAt(each);
  }
  into[end++] = 0x0d;
  into[end++] = 0x0a;
  return end;
}
