/** Where ws and we differ by right, and how two outcomes are compared otherwise. */
import type { Outcome } from './outcome.ts';
import type { Sequence } from './sequences.ts';

export interface Difference {
  readonly name: string;
  /** Why we are right to differ. */
  readonly reason: string;
  holds(ours: Outcome, theirs: Outcome, sequence: Sequence): boolean;
}

/** The only differences that are accepted. Each has to be met in a run, so that the list stays true. */
export const acceptedDifferences: readonly Difference[] = [
  {
    name: 'length not minimal',
    reason:
      'ws takes a length in more bytes than it needs and reads on; RFC 6455 §5.2 asks for the minimal form, so we close with 1002.',
    holds: (ours, theirs) =>
      ours.broken?.code === 'LWS_ERR_WS_LENGTH_NOT_MINIMAL' && startsWith(theirs, ours),
  },
  {
    name: 'length of 2^63 or more',
    reason:
      'ws closes with 1009 (too big) for every length over 2^53 - 1; the highest bit set is a protocol error (RFC 6455 §5.2), so we close with 1002 for it and with 1009 for the rest.',
    holds: (ours, theirs) =>
      ours.broken?.code === 'LWS_ERR_WS_LENGTH_SIGN' &&
      theirs.broken?.code === 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH' &&
      sameEvents(ours, theirs),
  },
  {
    name: 'text judged at the first bad byte',
    reason:
      'ws judges a text message when it is whole, so it gives the pings before its end and may meet another violation, or nothing, first; RFC 6455 §8.1 lets us close with 1007 at the byte that decides.',
    holds: (ours, theirs) =>
      ours.broken?.code === 'LWS_ERR_WS_UTF8' &&
      startsWith(theirs, ours) &&
      theirs.events.slice(ours.events.length).every((line) => !/^(?:text|binary) /.test(line)),
  },
  {
    name: 'header judged at the byte that decides',
    reason:
      'ws waits for both first bytes, or for the whole length, before it judges them; on a wire that ends there it says nothing yet.',
    holds: (ours, theirs, { holds }) =>
      holds === 'harm' &&
      theirs.broken === undefined &&
      headerCodes.has(ours.broken?.code ?? '') &&
      sameEvents(ours, theirs),
  },
  {
    name: 'close of one byte judged when it is whole',
    reason:
      'ws judges the length of a close frame with its header; we read its payload first, and on a wire that ends before it we say nothing yet, or meet what is wrong with its mask.',
    holds: (ours, theirs, { holds }) =>
      holds === 'harm' &&
      theirs.broken?.code === 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH' &&
      ours.broken === undefined &&
      sameEvents(ours, theirs),
  },
];

const headerCodes = new Set([
  'LWS_ERR_WS_RESERVED_BIT',
  'LWS_ERR_WS_OPCODE',
  'LWS_ERR_WS_CONTROL_FRAGMENTED',
  'LWS_ERR_WS_CONTINUATION',
  'LWS_ERR_WS_INTERLEAVED',
  'LWS_ERR_WS_LENGTH_SIGN',
  'LWS_ERR_WS_LENGTH_UNSUPPORTED',
  'LWS_ERR_WS_LENGTH_NOT_MINIMAL',
]);

/** Which of ours stand behind each code of ws. */
const counterparts: Readonly<Record<string, readonly string[]>> = {
  WS_ERR_UNEXPECTED_RSV_1: ['LWS_ERR_WS_RESERVED_BIT'],
  WS_ERR_UNEXPECTED_RSV_2_3: ['LWS_ERR_WS_RESERVED_BIT'],
  WS_ERR_INVALID_OPCODE: ['LWS_ERR_WS_OPCODE', 'LWS_ERR_WS_CONTINUATION', 'LWS_ERR_WS_INTERLEAVED'],
  WS_ERR_EXPECTED_FIN: ['LWS_ERR_WS_CONTROL_FRAGMENTED'],
  WS_ERR_EXPECTED_MASK: ['LWS_ERR_WS_MASK'],
  WS_ERR_UNEXPECTED_MASK: ['LWS_ERR_WS_MASK'],
  WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH: ['LWS_ERR_WS_CONTROL_LENGTH', 'LWS_ERR_WS_CLOSE_LENGTH'],
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: ['LWS_ERR_WS_LENGTH_UNSUPPORTED'],
  WS_ERR_INVALID_UTF8: ['LWS_ERR_WS_UTF8', 'LWS_ERR_WS_UTF8_INCOMPLETE', 'LWS_ERR_WS_CLOSE_REASON'],
  WS_ERR_INVALID_CLOSE_CODE: ['LWS_ERR_WS_CLOSE_CODE'],
};

/**
 * Compares the outcomes of one sequence. `same`, or the name of an accepted difference; undefined when
 * they differ otherwise, or we did not say what the sequence holds.
 */
export function compareOutcomes(
  ours: Outcome,
  theirs: Outcome,
  sequence: Sequence,
): string | undefined {
  const { holds } = sequence;
  if (holds !== 'harm' && (ours.broken?.code ?? 'none') !== holds) return undefined;
  if (sameEvents(ours, theirs) && sameEnd(ours, theirs, holds === 'harm')) return 'same';
  return acceptedDifferences.find((difference) => difference.holds(ours, theirs, sequence))?.name;
}

/** With harmed bytes a frame can break two rules at once: then the close code has to agree, not the rule. */
function sameEnd(ours: Outcome, theirs: Outcome, anyRule: boolean): boolean {
  if (ours.broken === undefined || theirs.broken === undefined)
    return ours.broken === theirs.broken;
  if (ours.broken.closeCode !== theirs.broken.closeCode) return false;
  return anyRule || (counterparts[theirs.broken.code] ?? []).includes(ours.broken.code);
}

function sameEvents(ours: Outcome, theirs: Outcome): boolean {
  return ours.events.length === theirs.events.length && startsWith(theirs, ours);
}

/** What `ours` has, `theirs` has too, first. */
function startsWith(theirs: Outcome, ours: Outcome): boolean {
  return ours.events.every((line, at) => line === theirs.events[at]);
}
