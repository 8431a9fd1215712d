import { fieldsLength, writeFields } from '@lws-ts/http/framing';
import { type HttpFields, interfaceErrors, isRecord, LwsError } from '@lws-ts/interface';

const MOST_BYTES = 16_384;

/** Names that follow from what is sent, and how. */
const RESERVED: ReadonlySet<string> = new Set([
  'accept-ranges',
  'allow',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'date',
  'etag',
  'keep-alive',
  'last-modified',
  'location',
  'server',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
]);

/** Reads the `headers` of a mount. @throws `LWS_ERR_OPTION` */
export function checkMountHeaders(value: unknown, name: string): HttpFields {
  if (!isRecord(value)) throw refused(`${name} is not a record of strings`);
  const fields = Object.entries(value).map(([field, content]) => {
    const lower = field.toLowerCase();
    if (typeof content !== 'string') throw refused(`${name}.${field} is not a string`);
    if (RESERVED.has(lower)) throw refused(`${name}.${field} follows from what is sent`);
    return Object.freeze([lower, content] as const);
  });
  if (new Set(fields.map(([field]) => field)).size < fields.length)
    throw refused(`${name} has a field twice`);
  if (fieldsLength(fields) > MOST_BYTES)
    throw refused(`${name} has more than ${MOST_BYTES} bytes of fields`);
  try {
    writeFields(new Uint8Array(fieldsLength(fields)), 0, fields);
  } catch (cause) {
    throw refused(`${name} has a field that cannot be sent`, cause);
  }
  return Object.freeze(fields);
}

/**
 * `fields` with those of the mount: a field of the mount stands in place of one of the same name. Vary alone
 * says what both say, since either would be wrong without the other.
 */
export function withMountHeaders(fields: HttpFields, headers: HttpFields): HttpFields {
  if (headers.length === 0) return fields;
  const own = fields.filter(
    ([name]) => name === 'vary' || !headers.some(([other]) => other === name),
  );
  return [...own, ...headers];
}

function refused(detail: string, cause?: unknown): LwsError {
  return new LwsError(interfaceErrors.LWS_ERR_OPTION, detail, { cause });
}
