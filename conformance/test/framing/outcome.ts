/** What a reader made of a wire image, in a form that two readers can be compared by. */
export interface Outcome {
  /** Whole messages and control frames, in order. */
  readonly events: string[];
  /** Frames begun, and the one that broke the protocol. */
  frames: number;
  /** Why it stopped reading, if it did. */
  broken: { readonly code: string; readonly closeCode: number } | undefined;
}

export function newOutcome(): Outcome {
  return { events: [], frames: 0, broken: undefined };
}

/** One event's line. Long payloads by their length and a sum, so that lists stay readable. */
export function eventLine(kind: string, payload: Uint8Array): string {
  const buffer = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  if (buffer.length <= 64) return `${kind} ${buffer.toString('hex')}`;
  let sum = 0;
  for (const byte of buffer) sum = (Math.imul(sum, 31) + byte) | 0;
  return `${kind} ${buffer.length} bytes, sum ${sum}, ${buffer.toString('hex', 0, 16)}…`;
}

/** Cuts `wire` at `cuts` into pieces of their own. */
export function cutInto(wire: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const cut of [...cuts, wire.length]) {
    if (cut > from) pieces.push(wire.slice(from, cut));
    from = Math.max(from, cut);
  }
  return pieces;
}
