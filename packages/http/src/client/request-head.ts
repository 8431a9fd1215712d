/** The head of a request, written at once into the output of a connection. */
import { type HttpFields, LwsError, type RoleHost } from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import { fieldsLength, writeFields } from '../framing/index.ts';

/** The most that a head may have, in bytes. */
const headLimit = 65_536;

/**
 * Request line and fields; nothing is sent when it throws.
 *
 * @param path path and query, as a URL has them: visible ASCII
 * @throws `LWS_ERR_HTTP_FIELD_VALUE`, `LWS_ERR_HTTP_REPLY_LIMIT`
 */
export function writeRequestHead(
  host: RoleHost,
  method: string,
  path: string,
  fields: HttpFields,
): void {
  const line = `${method} ${path} HTTP/1.1\r\n`;
  const most = line.length + fieldsLength(fields) + 2;
  if (most > headLimit)
    throw new LwsError(httpErrors.LWS_ERR_HTTP_REPLY_LIMIT, `a head of ${most} bytes`);
  const into = host.reserve(most);
  const start = host.reservedAt;
  for (let at = 0; at < line.length; at++) into[start + at] = line.charCodeAt(at);
  const end = writeFields(into, start + line.length, fields);
  into[end] = 0x0d;
  into[end + 1] = 0x0a;
  host.commit(end + 2 - start);
}

/** The value of an Authorization field. RFC 7617 @param credentials `user:password` */
export function basicCredentials(credentials: string): string {
  return `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`;
}
