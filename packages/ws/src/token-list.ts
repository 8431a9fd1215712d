/**
 * Scanners for tokens and comma-separated lists of header fields (RFC 9110 §5.6). One pass each, without
 * regular expressions: their time grows with the length of the field and with nothing else.
 */
import { isAlphanumeric, isBlank, isTokenCode } from '@lws-ts/interface';

/** Whether all of `text` is one token (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (!isTokenCode(text.charCodeAt(at))) return false;
  return text.length > 0;
}

/** Whether the list has `token`, which is given in lower case; elements are compared without case. */
export function listHasToken(list: string, token: string): boolean {
  // mostly it is the whole list
  return list === token || elementsHave(list, token);
}

/**
 * Adds the elements of a list of tokens to `into`.
 *
 * @returns false at an empty element, one that is no token, or one that was there before
 */
export function addTokens(list: string, into: Set<string>): boolean {
  let fine = true;
  eachElement(list, (start, end) => {
    const element = list.slice(start, end);
    if (!isToken(element) || into.has(element)) fine = false;
    into.add(element);
  });
  return fine;
}

/** Whether a quoted string of the list does not end (RFC 9110 §5.6.4). */
export function hasOpenQuote(list: string): boolean {
  let quoted = false;
  for (let at = 0; at < list.length; at++) {
    const code = list.charCodeAt(at);
    if (code === quote) quoted = !quoted;
    else if (code === backslash && quoted) at++;
  }
  return quoted;
}

/** Whether `text` is base64 of 16 bytes: 22 letters of its alphabet and `==`. */
export function isBase64Of16(text: string): boolean {
  if (text.length !== 24 || !text.endsWith('==')) return false;
  for (let at = 0; at < 22; at++) if (!isBase64Code(text.charCodeAt(at))) return false;
  return true;
}

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;

function elementsHave(list: string, token: string): boolean {
  let found = false;
  eachElement(list, (start, end) => {
    if (end - start === token.length && list.slice(start, end).toLowerCase() === token)
      found = true;
  });
  return found;
}

/** Gives the bounds of each element without the white space around it; an empty list has one empty element. */
function eachElement(list: string, visit: (start: number, end: number) => void): void {
  let start = 0;
  for (let at = 0; at <= list.length; at++) {
    if (at < list.length && list.charCodeAt(at) !== comma) continue;
    let from = start;
    let to = at;
    while (from < to && isBlank(list.charCodeAt(from))) from++;
    while (to > from && isBlank(list.charCodeAt(to - 1))) to--;
    visit(from, to);
    start = at + 1;
  }
}

function isBase64Code(code: number): boolean {
  return isAlphanumeric(code) || code === 0x2b || code === 0x2f;
}
