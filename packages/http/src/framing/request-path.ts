/**
 * A request path made fit to choose a mount and a file by: percent-decoded once, `//` collapsed, dot
 * segments resolved inside the root. What could be read two ways by two layers is refused instead.
 */
import type { CodedError } from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import { HEX_DIGIT, SP } from './bytes.ts';

const SLASH = 0x2f;
const DOT = 0x2e;
const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The clean form of the path `bytes[start..end)`, which begins with a slash; `LWS_ERR_HTTP_PATH` when it
 * holds an encoded slash, a backslash, a control byte, a broken escape or invalid UTF-8, decoded or not;
 * `LWS_ERR_HTTP_PATH_ABOVE_ROOT` when its dot segments climb over the root.
 */
export function readPath(bytes: Uint8Array, start: number, end: number): string | CodedError {
  const clean = new Uint8Array(end - start);
  const decoded = decode(bytes, start, end, clean);
  if (decoded < 0) return httpErrors.LWS_ERR_HTTP_PATH;
  try {
    // Before the dot segments are resolved: what they remove is judged too.
    const text = utf8.decode(clean.subarray(0, decoded));
    const used = resolve(clean, decoded);
    if (used < 0) return httpErrors.LWS_ERR_HTTP_PATH_ABOVE_ROOT;
    return used === decoded ? text : utf8.decode(clean.subarray(0, used));
  } catch {
    return httpErrors.LWS_ERR_HTTP_PATH;
  }
}

/** Undoes percent-encoding once; the length of the result, or -1. */
function decode(bytes: Uint8Array, start: number, end: number, into: Uint8Array): number {
  let used = 0;
  for (let at = start; at < end; at++) {
    let byte = bytes[at] as number;
    if (byte === PERCENT) {
      if (at + 2 >= end) return -1;
      const high = HEX_DIGIT[bytes[at + 1] as number] as number;
      const low = HEX_DIGIT[bytes[at + 2] as number] as number;
      if (high === 255 || low === 255) return -1;
      byte = high * 16 + low;
      if (byte === SLASH) return -1;
      at += 2;
    }
    if (byte < SP || byte === BACKSLASH || byte === DELETE) return -1;
    into[used++] = byte;
  }
  return used;
}

/** Drops empty and dot segments in place (RFC 3986 §5.2.4); the length of the result, -1 above the root. */
function resolve(path: Uint8Array, length: number): number {
  // Where each segment that stays begins, so that ".." goes back in one step.
  const begins: number[] = [];
  let used = 1;
  let at = 1;
  while (at <= length) {
    let next = at;
    while (next < length && path[next] !== SLASH) next++;
    const size = next - at;
    const dots = size <= 2 && path[at] === DOT && path[next - 1] === DOT ? size : 0;
    if (dots === 2) {
      const back = begins.pop();
      if (back === undefined) return -1;
      used = back;
    } else if (size > 0 && dots === 0) {
      begins.push(used);
      path.copyWithin(used, at, next);
      used += size;
      if (next < length) path[used++] = SLASH;
    }
    at = next + 1;
  }
  return used;
}
