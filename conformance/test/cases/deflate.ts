/**
 * Categories 12 and 13: messages compressed by permessage-deflate (RFC 7692). 12 has five kinds of data and the
 * usual offer, 13 has one and seven ways to agree. Fewer messages in the run of every day: see `depth.ts`.
 */
import { type Corpus, corpora } from './corpora.ts';
import { atDepth, ofWhole, sized } from './depth.ts';

/** What the side that tests asks of the other: to forget its context, and for a smaller window. */
export interface Wish {
  readonly noContextTakeover: boolean;
  readonly windowBits: number | undefined;
}

export interface DeflateCase {
  readonly id: string;
  /** Of RFC 7692. */
  readonly rule: string;
  readonly about: string;
  readonly corpus: Corpus;
  /** Of each message. */
  readonly size: number;
  /** Of each frame; undefined: one frame. */
  readonly fragment: number | undefined;
  readonly count: number;
  /** As a client the peer offers them all, as a server it answers with the first that is possible. */
  readonly wishes: readonly Wish[];
}

const kib = 1024;
const shapes: readonly (readonly [size: number, fragment?: number])[] = [
  [16],
  [64],
  [256],
  [kib],
  [4 * kib],
  [8 * kib],
  [16 * kib],
  [32 * kib],
  [64 * kib],
  [128 * kib],
  [8 * kib, 256],
  [16 * kib, 256],
  [32 * kib, 256],
  [64 * kib, 256],
  [128 * kib, 256],
  [128 * kib, kib],
  [128 * kib, 4 * kib],
  [128 * kib, 32 * kib],
];

const usual: Wish = { noContextTakeover: false, windowBits: undefined };
const forget: Wish = { noContextTakeover: true, windowBits: undefined };

const agreements: readonly (readonly Wish[])[] = [
  [usual],
  [forget],
  [{ ...usual, windowBits: 9 }],
  [{ ...usual, windowBits: 15 }],
  [{ ...forget, windowBits: 9 }],
  [{ ...forget, windowBits: 15 }],
  [{ ...forget, windowBits: 9 }, forget, usual],
];

function group(id: string, rule: string, corpus: Corpus, wishes: readonly Wish[]): DeflateCase[] {
  return shapes.map(([size, fragment], at) => {
    const count = atDepth(1000, size > 4 * kib ? 2 : 6);
    const frames = fragment === undefined ? '' : ` in frames of ${sized(fragment)}`;
    const about = `${ofWhole(count, 1000, String)} messages of ${sized(size)}${frames}, ${corpus.about}`;
    const asked = id.startsWith('13') ? `, ${wishes.map(wishText).join(' or ')}` : '';
    return {
      id: `${id}.${at + 1}`,
      rule,
      about: about + asked,
      corpus,
      size,
      fragment,
      count,
      wishes,
    };
  });
}

function wishText({ noContextTakeover, windowBits }: Wish): string {
  const window = windowBits === undefined ? '' : ` in a window of ${windowBits} bits`;
  return `${noContextTakeover ? 'no takeover' : 'takeover'}${window}`;
}

export const deflateCases: readonly DeflateCase[] = [
  ...corpora.flatMap((corpus, at) => group(`12.${at + 1}`, '§7.2', corpus, [usual])),
  ...agreements.flatMap((wishes, at) => group(`13.${at + 1}`, '§7.1', corpora[0], wishes)),
];
