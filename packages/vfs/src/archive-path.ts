/** Where a path goes into an archive: at a slash behind one of the signatures. */

/**
 * The next place where a part of `path` ends like an archive: the index of the slash that ends the part, or
 * the path's length where it ends it; -1 when there is none.
 *
 * @param signatures lower case, each with the slash at its end: `.zip/`
 * @param from the part that holds this index is the first that is looked at
 */
export function archiveEnd(path: string, signatures: readonly string[], from: number): number {
  for (let at = from; at <= path.length; ) {
    let end = path.indexOf('/', at);
    if (end < 0) end = path.length;
    if (end > at && signatures.some((sig) => endsLike(path, end, sig))) return end;
    at = end + 1;
  }
  return -1;
}

/** Whether the part of `path` before `end` has the signature at its end, and a name before it. */
function endsLike(path: string, end: number, sig: string): boolean {
  const at = end - (sig.length - 1);
  // A name that is nothing but the signature is a dot file.
  if (path[at] !== '.' || at === 0 || path[at - 1] === '/') return false;
  return path.slice(at, end).toLowerCase() === sig.slice(0, -1);
}
