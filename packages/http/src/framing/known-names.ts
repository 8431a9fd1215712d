/** Names of fields that are met often: who reads one has the same string each time, and none is made. */
const names: readonly string[] = `
  accept accept-encoding accept-language accept-ranges age authorization cache-control connection content-encoding
  content-length content-type cookie date etag expires host if-modified-since if-none-match keep-alive last-modified
  location origin pragma range referer sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user server set-cookie te
  transfer-encoding upgrade upgrade-insecure-requests user-agent vary via x-forwarded-for x-forwarded-proto x-real-ip
  x-request-id`
  .trim()
  .split(/\s+/);

/** By length, first and last byte. */
const known = new Map<number, readonly string[]>();
for (const name of names) {
  const key = keyOf(name.length, name.charCodeAt(0), name.charCodeAt(name.length - 1));
  known.set(key, [...(known.get(key) ?? []), name]);
}

/** The name in `bytes[start..end)`, if it is one of them. */
export function knownName(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (start === end) return undefined;
  const alike = known.get(keyOf(end - start, bytes[start] as number, bytes[end - 1] as number));
  if (alike === undefined) return undefined;
  for (let each = 0; each < alike.length; each++) {
    const name = alike[each] as string;
    let at = 1;
    while (at < name.length && bytes[start + at] === name.charCodeAt(at)) at++;
    if (at === name.length) return name;
  }
  return undefined;
}

function keyOf(length: number, first: number, last: number): number {
  return (length << 16) | (first << 8) | last;
}
