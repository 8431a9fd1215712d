/** What RFC 3986 allows in a path as it is. */
const ENCODED = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/]/gu;
const QUERY = /^[\x21-\x7e]*$/;

/**
 * Where a directory that was asked for without its slash really is. It is built from the normalised path
 * with one slash before it, so that no path can name another host; a query that could break the field is dropped.
 */
export function directoryLocation(path: string, query: string): string {
  const inside = path.replace(/^\/+/, '').replace(ENCODED, encodeURIComponent);
  const kept = query !== '' && QUERY.test(query) ? `?${query}` : '';
  return `/${inside}/${kept}`;
}
