/**
 * Writes heads into room that the caller has. Everything is checked while it is written; a caller commits
 * only when the whole head is there, so what throws sends nothing (no response splitting).
 */
import { type HttpFields, LwsError } from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import { COLON, CR, LF, LOWER_TOKEN, SP, VALUE_BYTE } from './bytes.ts';

/** The reason phrases of RFC 9110 §15 and RFC 6585. */
const reasons: Readonly<Record<number, string>> = {
  100: 'Continue',
  101: 'Switching Protocols',
  103: 'Early Hints',
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  203: 'Non-Authoritative Information',
  204: 'No Content',
  205: 'Reset Content',
  206: 'Partial Content',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  451: 'Unavailable For Legal Reasons',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  508: 'Loop Detected',
};

/** The reason phrase of a status; empty for one without a registered phrase. */
export function reasonPhrase(status: number): string {
  return reasons[status] ?? '';
}

const statusLines: (Uint8Array | undefined)[] = [];

/** `HTTP/1.1 200 OK` with its line end, made once for each status. */
export function statusLine(status: number): Uint8Array {
  const line = statusLines[status];
  if (line !== undefined) return line;
  if (!Number.isInteger(status) || status < 100 || status > 599)
    throw new LwsError(httpErrors.LWS_ERR_HTTP_STATUS, String(status));
  const text = `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`;
  const made = Uint8Array.from(text, (char) => char.charCodeAt(0));
  statusLines[status] = made;
  return made;
}

/** Copies `from` to `at`; returns the place behind it. */
export function writeBytes(into: Uint8Array, at: number, from: Uint8Array): number {
  const { length } = from;
  // A loop beats `set` for a few bytes alone.
  if (length > 24) into.set(from, at);
  else for (let each = 0; each < length; each++) into[at + each] = from[each] as number;
  return at + length;
}

/**
 * How many bytes {@link writeFields} needs at most.
 *
 * @throws `LWS_ERR_HTTP_FIELD_VALUE` for what is no pair of strings
 */
export function fieldsLength(fields: HttpFields): number {
  let length = 0;
  for (let each = 0; each < fields.length; each++) {
    const field = fields[each] as (typeof fields)[number];
    if (!isField(field))
      throw new LwsError(httpErrors.LWS_ERR_HTTP_FIELD_VALUE, 'one is no pair of strings');
    length += field[0].length + field[1].length + 4;
  }
  return length;
}

/** Field lines in order. Throws `LWS_ERR_HTTP_FIELD_VALUE`, with bytes behind `at` written that must not be sent. */
export function writeFields(into: Uint8Array, at: number, fields: HttpFields): number {
  let end = at;
  for (let each = 0; each < fields.length; each++) {
    const field = fields[each] as (typeof fields)[number];
    end = writeField(into, end, field[0], field[1]);
  }
  return end;
}

/** One field line. Throws as {@link writeFields}. */
export function writeField(into: Uint8Array, at: number, name: string, value: string): number {
  let end = at;
  if (name.length === 0) throw unsendable(name);
  for (let each = 0; each < name.length; each++) {
    const code = name.charCodeAt(each);
    if (code > 0xff || LOWER_TOKEN[code] === 0) throw unsendable(name);
    into[end++] = code;
  }
  into[end++] = COLON;
  into[end++] = SP;
  for (let each = 0; each < value.length; each++) {
    const code = value.charCodeAt(each);
    if (code > 0xff || VALUE_BYTE[code] === 0) throw unsendable(name);
    into[end++] = code;
  }
  into[end++] = CR;
  into[end++] = LF;
  return end;
}

/** How many bytes {@link writeResponseHead} needs at most. */
export function responseHeadLength(status: number, fields: HttpFields): number {
  return statusLine(status).length + fieldsLength(fields) + 2;
}

/**
 * Status line, fields and the empty line, written to `into[at..]`, which has the room; returns the place
 * behind them. Adds nothing of its own: framing, Date and Connection are the caller's.
 *
 * @throws `LWS_ERR_HTTP_STATUS` unless 100 to 599; `LWS_ERR_HTTP_FIELD_VALUE` for a name that is no token,
 * or a value with CR, LF, NUL or another control byte, or with a character above U+00FF
 */
export function writeResponseHead(
  into: Uint8Array,
  at: number,
  status: number,
  fields: HttpFields,
): number {
  const end = writeFields(into, writeBytes(into, at, statusLine(status)), fields);
  into[end] = CR;
  into[end + 1] = LF;
  return end + 2;
}

/** Programs without types give numbers, and names and values in a row. */
function isField(field: unknown): boolean {
  return Array.isArray(field) && typeof field[0] === 'string' && typeof field[1] === 'string';
}

function unsendable(name: string): LwsError {
  return new LwsError(httpErrors.LWS_ERR_HTTP_FIELD_VALUE, JSON.stringify(name));
}
