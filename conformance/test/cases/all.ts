import { autoFragments } from './auto-fragments.ts';
import type { Case } from './case.ts';
import { closing } from './closing.ts';
import { fragmentation } from './fragmentation.ts';
import { framing } from './framing.ts';
import { limits } from './limits.ts';
import { opcodes } from './opcodes.ts';
import { pings } from './pings.ts';
import { reservedBits } from './reserved-bits.ts';
import { utf8 } from './utf8.ts';
import { utf8Sequences } from './utf8-sequences.ts';

/** Categories 1 to 7, 9 and 10, in the order of their numbers. */
export const cases: readonly Case[] = [
  ...framing,
  ...pings,
  ...reservedBits,
  ...opcodes,
  ...fragmentation,
  ...utf8,
  ...utf8Sequences,
  ...closing,
  ...limits,
  ...autoFragments,
];
