/**
 * Whether a value is an object that can be read by the names of its members. A Map, Headers and whatever else is gone
 * through is none: its entries are no members, and would be passed over without a word.
 */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !(Symbol.iterator in value);
}
