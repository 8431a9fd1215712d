/** Which of the encodings of a file a request takes: Accept-Encoding, RFC 9110 §12.5.3. */
import { longestPreferences, readWeight } from './weight.ts';

/** How a file is encoded beside itself. */
export interface ContentCoding {
  /** As Content-Encoding says it; empty: the file as it is. */
  readonly name: string;
  /** Of the file that holds it. */
  readonly suffix: string;
  /** The file system may give the file as gzip, when it has it so. */
  readonly passesGzip: boolean;
}

/** The file as it is. */
export const identity: ContentCoding = Object.freeze({ name: '', suffix: '', passesGzip: false });

/** The file as it is, or as gzip where the file system has it so: an archive, for example. */
export const asStored: ContentCoding = Object.freeze({ name: '', suffix: '', passesGzip: true });

const storedOnly: readonly ContentCoding[] = Object.freeze([asStored]);

/** The file as it is, and nothing else. */
export const plainOnly: readonly ContentCoding[] = Object.freeze([identity]);

/** In the order of what is saved. */
const CODINGS: readonly ContentCoding[] = [
  Object.freeze({ name: 'br', suffix: '.br', passesGzip: false }),
  Object.freeze({ name: 'zstd', suffix: '.zst', passesGzip: false }),
  Object.freeze({ name: 'gzip', suffix: '.gz', passesGzip: false }),
];

const MOST_MEMBERS = 32;

/** Reads Accept-Encoding, and remembers the last one: most requests in a row come from one kind of client. */
export class CodingChooser {
  #field: string;
  #accepted: readonly ContentCoding[];

  constructor() {
    this.#field = '';
    this.#accepted = plainOnly;
  }

  /**
   * The codings that may be sent, the best first; the file as it is always the last, since it is better than
   * nothing for one who refuses even that. A field of more than 1 KiB or 32 members counts as absent.
   *
   * @param field undefined: absent
   */
  accepted(field: string | undefined): readonly ContentCoding[] {
    if (field === undefined || field.length > longestPreferences) return plainOnly;
    if (field !== this.#field) {
      this.#field = field;
      this.#accepted = readCodings(field);
    }
    return this.#accepted;
  }

  /** As {@link CodingChooser.accepted}, without files beside the one that is asked for. */
  acceptedAsStored(field: string | undefined): readonly ContentCoding[] {
    const codings = this.accepted(field);
    // `at(-1)` of an array that is frozen leaves the compiled code
    return codings[codings.length - 1] === asStored ? storedOnly : plainOnly;
  }
}

function readCodings(field: string): readonly ContentCoding[] {
  const members = field.split(',');
  if (members.length > MOST_MEMBERS) return plainOnly;
  const weights = new Map<string, number>();
  for (const member of members) {
    const semicolon = member.indexOf(';');
    const end = semicolon < 0 ? member.length : semicolon;
    const name = member.slice(0, end).trim().toLowerCase();
    const weight = end === member.length ? 1 : readWeight(member.slice(end + 1).trim());
    if (name !== '' && !weights.has(name)) weights.set(name, weight);
  }
  const weightOf = ({ name }: ContentCoding): number =>
    weights.get(name) ??
    (name === 'gzip' ? weights.get('x-gzip') : undefined) ??
    weights.get('*') ??
    0;
  // What the client would rather have as it is comes as it is.
  const plain = weights.get('identity') ?? 0;
  const taken = CODINGS.filter((coding) => weightOf(coding) > 0 && weightOf(coding) >= plain);
  // a stable sort: of one weight the order stays
  taken.sort((one, other) => weightOf(other) - weightOf(one));
  const gzip = taken.some(({ name }) => name === 'gzip');
  return Object.freeze([...taken, gzip ? asStored : identity]);
}
