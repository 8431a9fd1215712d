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
    if (end > at) {
      const start = path.lastIndexOf('/', end - 1) + 1;
      const part = `${path.slice(start, end).toLowerCase()}/`;
      // A name that is nothing but the signature is a dot file.
      if (signatures.some((sig) => part.length > sig.length && part.endsWith(sig))) return end;
    }
    at = end + 1;
  }
  return -1;
}
