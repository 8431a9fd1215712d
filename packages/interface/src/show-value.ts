/** How a refused value is shown in a message: one line, at most 64 characters, whatever it is. */
export function showValue(value: unknown): string {
  const shown = show(value);
  return shown.length <= 64 ? shown : `${shown.slice(0, 61)}...`;
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) return 'an iterable';
  // an object may have no toString, or one that throws
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
