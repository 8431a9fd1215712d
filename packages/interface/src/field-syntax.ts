/** What a character may be in the value of a header field (RFC 9110 §5.6). */

const tokenMarks = new Set(Array.from("!#$%&'*+-.^_`|~", (mark) => mark.charCodeAt(0)));

/** Whether a token may have it (RFC 9110 §5.6.2). False for the NaN behind the end of a text too. */
export function isTokenCode(code: number): boolean {
  return isAlphanumeric(code) || tokenMarks.has(code);
}

/** A letter of ASCII or a digit. */
export function isAlphanumeric(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a)
  );
}

/** Optional white space (RFC 9110 §5.6.3). */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
