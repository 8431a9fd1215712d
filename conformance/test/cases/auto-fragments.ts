/** Category 10: a message in many equal fragments. */
import { type Case, echoed, fill, fragments, row, star } from './case.ts';

export const autoFragments: readonly Case[] = [
  row('10.1.1', '§5.4', 'text of 65536 octets in fragments of 1300', () => {
    const payload = fill(star, 65_536);
    return echoed(1, payload, fragments(1, payload, 1300));
  }),
];
