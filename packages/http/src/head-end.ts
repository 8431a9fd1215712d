/** The end of the head of an answer: how its body is framed, and what it says of the connection. */
import { CR, LF } from './framing/bytes.ts';
import { writeBytes } from './framing/write-head.ts';

/** How the body of an answer is framed; a number of bytes from 0 on is a Content-Length. */
export const NO_FRAMING = -1;
export const CHUNKED = -2;
/** It ends with the connection: HTTP/1.0 has no other way to say where. */
export const UNTIL_CLOSE = -3;

/** What an answer says of the connection. */
export const SAY_NOTHING = 0;
export const SAY_CLOSE = 1;
export const SAY_KEEP_ALIVE = 2;
/** Goes with an Upgrade field in a refusal (RFC 9110 §7.8). */
export const SAY_CLOSE_UPGRADE = 3;

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const chunkedField = bytesOf('transfer-encoding: chunked\r\n');
const lengthName = bytesOf('content-length: ');
const connectionFields = [
  '',
  'connection: close\r\n',
  'connection: keep-alive\r\n',
  'connection: close, upgrade\r\n',
].map(bytesOf);
/** The most that {@link writeHeadEnd} writes: Content-Length with 16 digits, the longest Connection field and the empty line. */
export const LONGEST_END: number = 34 + 28 + 2;

/**
 * Writes the fields that stand last and the empty line; returns the place behind it.
 *
 * @param framing bytes of the body, `NO_FRAMING`, `CHUNKED` or `UNTIL_CLOSE`
 * @param connection one of the `SAY_…`
 */
export function writeHeadEnd(
  into: Uint8Array,
  at: number,
  framing: number,
  connection: number,
): number {
  let end = at;
  if (framing === CHUNKED) end = writeBytes(into, end, chunkedField);
  else if (framing >= 0) end = writeLength(into, end, framing);
  if (connection !== SAY_NOTHING)
    end = writeBytes(into, end, connectionFields[connection] as Uint8Array);
  into[end] = CR;
  into[end + 1] = LF;
  return end + 2;
}

function writeLength(into: Uint8Array, at: number, length: number): number {
  let end = writeBytes(into, at, lengthName);
  if (length < 10) into[end++] = 0x30 + length;
  else {
    const digits = String(length);
    for (let each = 0; each < digits.length; each++) into[end++] = digits.charCodeAt(each);
  }
  into[end] = CR;
  into[end + 1] = LF;
  return end + 2;
}
