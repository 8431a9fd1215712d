/** Category 1: whole messages of lengths on both sides of each form of the length (RFC 6455 §5.2). */
import { type Case, type Cut, echoed, fill, row, star } from './case.ts';

const sizes: readonly (readonly [size: number, cut: Cut])[] = [
  [0, 'whole'],
  [125, 'whole'],
  [126, 'whole'],
  [127, 'whole'],
  [128, 'whole'],
  [65_535, 'whole'],
  [65_536, 'whole'],
  [65_536, 997],
];

const kinds = [
  ['1.1', 'text', 1, star],
  ['1.2', 'binary', 2, 0xfe],
] as const;

export const framing: readonly Case[] = kinds.flatMap(([id, name, opcode, octet]) =>
  sizes.map(([size, cut], at) =>
    row(
      `${id}.${at + 1}`,
      '§5.2',
      `${name} of ${size} octets${cut === 'whole' ? '' : `, ${cut} a write`}`,
      () => echoed(opcode, fill(octet, size)),
      cut,
    ),
  ),
);
