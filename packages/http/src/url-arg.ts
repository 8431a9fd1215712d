/** The first argument of that name in a query, decoded; without `=` it is empty. */
export function findUrlArg(query: string, name: string): string | undefined {
  let start = 0;
  while (start < query.length) {
    const amp = query.indexOf('&', start);
    const end = amp === -1 ? query.length : amp;
    const argument = query.slice(start, end);
    const equals = argument.indexOf('=');
    const key = equals === -1 ? argument : argument.slice(0, equals);
    if (decodeArg(key) === name) return equals === -1 ? '' : decodeArg(argument.slice(equals + 1));
    start = end + 1;
  }
  return undefined;
}

/** As forms encode it: `+` is a space. What is no percent-encoded UTF-8 stays as it was sent. */
function decodeArg(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
