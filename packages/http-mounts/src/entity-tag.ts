/** Entity tags, RFC 9110 §8.8.3, and lists of them as If-Match and If-None-Match hold. */

const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/y;
const SEPARATOR = /[ \t]*(?:,[ \t]*)+/y;

/**
 * A strong tag of a file by its length and time of modification, down to the microsecond.
 *
 * @param variant tells encodings of the same file apart
 */
export function entityTag(length: number, modTime: number, variant: string): string {
  return `"${length.toString(36)}-${Math.round(modTime * 1000).toString(36)}${variant}"`;
}

/**
 * Whether the list names `tag`, or is `*`. What follows a syntax error in the list counts as absent.
 *
 * @param weak compare as If-None-Match does, where `W/` makes no difference (RFC 9110 §8.8.3.2)
 */
export function listsTag(list: string, tag: string, weak: boolean): boolean {
  const trimmed = list.trim();
  if (trimmed === '*') return true;
  let at = skip(SEPARATOR, trimmed, 0);
  for (;;) {
    const end = skip(TAG, trimmed, at);
    if (end === at) return false;
    const found = trimmed.slice(at, end);
    if (found === tag || (weak && found === `W/${tag}`)) return true;
    at = skip(SEPARATOR, trimmed, end);
    if (at === end) return false;
  }
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
