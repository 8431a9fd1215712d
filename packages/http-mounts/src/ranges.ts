/** The Range field, RFC 9110 §14.1 and §14.2. What cannot be read is as good as absent. */
import { isBlank } from '@lws-ts/interface';

/** Bytes `start` to `end`, the last one excluded; at least one. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** More ranges than that are answered with everything: they cost more than they save. */
export const MOST_RANGES = 5;

const UNIT = /^bytes=/i;
const SPEC = /^(\d*)-(\d*)$/;

/**
 * The ranges that a field asks for, of a content of `length` bytes, in the order they were asked for; those that
 * lie outside are left out. `'whole'`: the field is to be ignored, because it is not valid, has more than
 * {@link MOST_RANGES}, or asks for a byte twice. `'unsatisfiable'`: all lie outside.
 */
export function readRanges(
  field: string,
  length: number,
): readonly ByteRange[] | 'whole' | 'unsatisfiable' {
  if (!UNIT.test(field)) return 'whole';
  const specs = splitList(field.slice('bytes='.length));
  if (specs === undefined) return 'whole';
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const [, first, last] = SPEC.exec(spec) ?? [];
    if (first === undefined || last === undefined || (first === '' && last === '')) return 'whole';
    const suffix = first === '';
    // digits without end are a number all the same, an infinite one at worst
    const start = suffix ? Math.max(0, length - Number(last)) : Number(first);
    const end = suffix || last === '' ? length : Math.min(length, Number(last) + 1);
    if (!suffix && last !== '' && Number(last) < Number(first)) return 'whole';
    // an empty content has no range that could be named, though its last bytes can be asked for
    if (suffix && length === 0 && Number(last) > 0) return 'whole';
    if (start < end) ranges.push({ start, end });
  }
  if (ranges.length === 0) return 'unsatisfiable';
  return overlap(ranges) ? 'whole' : ranges;
}

/** The members of a list, RFC 9110 §5.6.1; undefined when there are none or too many. */
function splitList(list: string): readonly string[] | undefined {
  const members: string[] = [];
  for (let at = 0; at <= list.length; ) {
    let end = list.indexOf(',', at);
    if (end < 0) end = list.length;
    const member = trimBlanks(list, at, end);
    if (member !== '') members.push(member);
    if (members.length > MOST_RANGES) return undefined;
    at = end + 1;
  }
  return members.length === 0 ? undefined : members;
}

function trimBlanks(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function overlap(ranges: readonly ByteRange[]): boolean {
  const inOrder = ranges.toSorted((one, other) => one.start - other.start);
  return inOrder.some((range, at) => at > 0 && range.start < (inOrder[at - 1]?.end ?? 0));
}
