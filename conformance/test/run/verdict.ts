/** What Autobahn's reports say of a case. */
export interface Verdict {
  readonly behaviour: 'OK' | 'NON-STRICT' | 'FAILED';
  /** What was not as it should be; empty for OK. */
  readonly detail: string;
}

/**
 * Judges what was heard. Strictly it is what was expected, line by line. A connection that has to fail may, by a
 * milder reading, do so late, without its close frame, by a reset, or without what came before.
 *
 * @param failing the case ends in a failure @param late it came after more was said
 */
export function judge(
  expected: readonly string[],
  heard: readonly string[],
  failing: boolean,
  late: boolean,
): Verdict {
  const same = heard.length === expected.length && heard.every((line, at) => line === expected[at]);
  if (same && !late) return { behaviour: 'OK', detail: '' };
  const detail = `${late ? 'only after more was said: ' : ''}heard ${shown(heard)}, not ${shown(expected)}`;
  return { behaviour: failing && isMild(expected, heard) ? 'NON-STRICT' : 'FAILED', detail };
}

function isMild(expected: readonly string[], heard: readonly string[]): boolean {
  const end = heard.at(-1);
  if (end !== 'end' && end !== 'reset') return false;
  const closeLine = expected.at(-2);
  const before = heard.slice(0, -1).filter((line) => line !== closeLine);
  return before.every((line, at) => line === expected[at]);
}

function shown(lines: readonly string[]): string {
  return lines.length === 0 ? 'nothing' : lines.map((line) => JSON.stringify(line)).join(', ');
}
