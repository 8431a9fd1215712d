/** Writes what stands around and in the body of an answer into the output of a connection; each returns how many bytes. */
import { type HttpFields, LwsError, type RoleHost } from '@lws-ts/interface';
import { assertTrailer } from './answer-head.ts';
import { httpErrors } from './errors.ts';
import { writeFields } from './framing/index.ts';
import { fieldsLength } from './framing/write-head.ts';

const HEX = '0123456789abcdef';
const encoder = new TextEncoder();

/**
 * What has no length in bytes would be framed as what it is not: programs without types give objects and numbers.
 *
 * @throws `LWS_ERR_HTTP_DATA`
 */
export function assertBytes(data: unknown): asserts data is Uint8Array {
  if (!(data instanceof Uint8Array))
    throw new LwsError(httpErrors.LWS_ERR_HTTP_DATA, data === null ? 'null' : typeof data);
}

/** @param length of `text` in bytes of UTF-8 */
export function writeText(host: RoleHost, text: string, length: number): number {
  const into = host.reserve(length);
  const at = host.reservedAt;
  // Short ASCII is cheaper by hand than through an encoder.
  if (length === text.length && length <= 128)
    for (let each = 0; each < length; each++) into[at + each] = text.charCodeAt(each);
  else encoder.encodeInto(text, into.subarray(at, at + length));
  host.commit(length);
  return length;
}

/** What stands before a chunk (RFC 9112 §7.1). */
export function writeChunkSize(host: RoleHost, size: number): number {
  const into = host.reserve(16);
  const start = host.reservedAt;
  let end = start;
  let digits = 1;
  while (size >= 16 ** digits) digits++;
  for (let digit = digits - 1; digit >= 0; digit--)
    into[end++] = HEX.charCodeAt(Math.floor(size / 16 ** digit) % 16);
  into[end++] = 0x0d;
  into[end++] = 0x0a;
  host.commit(end - start);
  return end - start;
}

/** The chunk that ends a body, and its trailers. @throws `LWS_ERR_HTTP_FIELD_RESERVED`, with nothing written */
export function writeLastChunk(host: RoleHost, trailers: HttpFields): number {
  for (const [name] of trailers) assertTrailer(name);
  const into = host.reserve(5 + fieldsLength(trailers));
  const start = host.reservedAt;
  into[start] = 0x30;
  into[start + 1] = 0x0d;
  into[start + 2] = 0x0a;
  const end = writeFields(into, start + 3, trailers);
  into[end] = 0x0d;
  into[end + 1] = 0x0a;
  host.commit(end + 2 - start);
  return end + 2 - start;
}
