/** The head of a request, written at once into the output of a connection. */
import { type HttpFields, LwsError, type RoleHost } from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import { fieldsLength, writeField, writeFields } from '../framing/write-head.ts';

/** The most that a head may have, in bytes. */
const headLimit = 65_536;
/** Of the request line and of Host, beside what they say, in bytes. */
const fixedBytes = 20;

/**
 * Request line and fields; nothing is sent when it throws.
 *
 * @param path path and query, as a URL has them: visible ASCII
 * @param authority what Host says; it comes first
 * @param tail field lines that were checked when they were made; they come last
 * @throws `LWS_ERR_HTTP_FIELD_VALUE`, `LWS_ERR_HTTP_REPLY_LIMIT`
 */
export function writeRequestHead(
  host: RoleHost,
  method: string,
  path: string,
  authority: string,
  fields: HttpFields,
  tail?: Uint8Array,
): void {
  const line = method.length + path.length + authority.length + fixedBytes;
  const most = line + fieldsLength(fields) + (tail?.length ?? 0) + 2;
  if (most > headLimit)
    throw new LwsError(httpErrors.LWS_ERR_HTTP_REPLY_LIMIT, `a head of ${most} bytes`);
  const into = host.reserve(most);
  const start = host.reservedAt;
  let end = writeText(into, start, method);
  into[end++] = 0x20;
  end = writeText(into, end, path);
  end = writeText(into, end, ' HTTP/1.1\r\n');
  end = writeFields(into, writeField(into, end, 'host', authority), fields);
  if (tail !== undefined) {
    into.set(tail, end);
    end += tail.length;
  }
  into[end] = 0x0d;
  into[end + 1] = 0x0a;
  host.commit(end + 2 - start);
}

function writeText(into: Uint8Array, at: number, ascii: string): number {
  for (let each = 0; each < ascii.length; each++) into[at + each] = ascii.charCodeAt(each);
  return at + ascii.length;
}

/** The value of an Authorization field. RFC 7617 @param credentials `user:password` */
export function basicCredentials(credentials: string): string {
  return `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`;
}
