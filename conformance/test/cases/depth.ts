/** How much of the large cases is run. */

/** LWS_FUZZ_DEPTH: 1 is the run of every day. */
export const depth = Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);

/** `usual` times the depth, but no more than the case asks for. */
export function atDepth(whole: number, usual: number): number {
  return Math.min(whole, Math.max(1, Math.round(usual * depth)));
}

/** A size in words. */
export function sized(octets: number): string {
  if (octets >= 2 ** 20 && octets % 2 ** 20 === 0) return `${octets / 2 ** 20} MiB`;
  return octets >= 1024 && octets % 1024 === 0 ? `${octets / 1024} KiB` : `${octets} octets`;
}

/** `done`, and of how many when it is less than the case's own. */
export function ofWhole(done: number, whole: number, words: (amount: number) => string): string {
  return done === whole ? words(whole) : `${words(done)} of ${words(whole)}`;
}
