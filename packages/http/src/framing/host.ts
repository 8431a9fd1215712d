/**
 * Which hosts a request may name (RFC 9110 §7.2, RFC 3986 §3.2.2), stricter than the grammar: names are
 * labels of letters, digits, `-` and `_`; no user, no percent-encoding, no lists, no zone, no IPvFuture.
 */
import { COLON, HEX_DIGIT, isDigit, LABEL_BYTE } from './bytes.ts';

const DOT = 0x2e;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const MAX_NAME = 255;
const MAX_LABEL = 63;

/** Where the host of `bytes[start..end)` ends and its port begins, or -1 when it is none. */
export function hostEnd(bytes: Uint8Array, start: number, end: number): number {
  const at = bytes[start] === OPEN ? endOfLiteral(bytes, start, end) : endOfName(bytes, start, end);
  return at >= 0 && isPort(bytes, at, end) ? at : -1;
}

/** Labels of 1 to 63 bytes, at most 255 bytes in all; one dot at the end is allowed. */
function endOfName(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let label = 0;
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    if (LABEL_BYTE[byte] !== 0) {
      if (++label > MAX_LABEL) return -1;
    } else if (byte === DOT) {
      if (label === 0) return -1;
      label = 0;
    } else break;
  }
  return at === start || at - start > MAX_NAME ? -1 : at;
}

function endOfLiteral(bytes: Uint8Array, start: number, end: number): number {
  let close = start + 1;
  while (close < end && bytes[close] !== CLOSE) close++;
  return close < end && isIpv6(bytes, start + 1, close) ? close + 1 : -1;
}

/** Nothing, or a colon and a number up to 65535; the number may be empty as in RFC 3986 §3.2.3. */
function isPort(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end) return true;
  if (bytes[start] !== COLON || end - start > 6) return false;
  let port = 0;
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at] as number;
    if (!isDigit(byte)) return false;
    port = port * 10 + byte - 0x30;
  }
  return port <= 65_535;
}

/** Eight groups of 1 to 4 hexadecimal digits, `::` at most once for one or more; the last two may be an IPv4 address. */
function isIpv6(bytes: Uint8Array, start: number, end: number): boolean {
  let groups = 0;
  let gap = false;
  let at = start;
  if (bytes[at] === COLON) {
    if (bytes[at + 1] !== COLON) return false;
    gap = true;
    at += 2;
  }
  while (at < end) {
    const group = at;
    while (at < end && HEX_DIGIT[bytes[at] as number] !== 255) at++;
    if (at < end && bytes[at] === DOT) {
      if (!isIpv4(bytes, group, end)) return false;
      groups += 2;
      at = end;
      break;
    }
    if (at === group || at - group > 4) return false;
    groups++;
    if (at === end) break;
    if (bytes[at] !== COLON || at + 1 === end) return false;
    at++;
    if (bytes[at] === COLON) {
      if (gap) return false;
      gap = true;
      at++;
    }
  }
  return gap ? groups < 8 : groups === 8;
}

function isIpv4(bytes: Uint8Array, start: number, end: number): boolean {
  let parts = 0;
  let at = start;
  while (at < end && parts < 4) {
    const part = at;
    let value = 0;
    while (at < end && isDigit(bytes[at] as number) && at - part < 3)
      value = value * 10 + (bytes[at++] as number) - 0x30;
    const zeroLed = at - part > 1 && bytes[part] === 0x30;
    if (at === part || value > 255 || zeroLed) return false;
    parts++;
    if (at < end) {
      if (bytes[at] !== DOT || at + 1 === end) return false;
      at++;
    }
  }
  return parts === 4 && at === end;
}
