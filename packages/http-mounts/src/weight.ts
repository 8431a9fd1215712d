/** What Accept and Accept-Encoding have in common. */

/** A longer field of preferences counts as absent, in characters: no browser has one. */
export const longestPreferences = 1024;

/** RFC 9110 §12.4.2: at most three decimals. */
const WEIGHT = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i;

/**
 * How much a member of Accept or Accept-Encoding is liked.
 *
 * @param parameter without white space around it: `q=0.5`
 * @returns 0 to 1; 0: not at all, or it is no weight
 */
export function readWeight(parameter: string): number {
  return Number(WEIGHT.exec(parameter)?.[1] ?? 0);
}
