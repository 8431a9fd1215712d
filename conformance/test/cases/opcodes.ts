/** Category 4: opcodes that are reserved (RFC 6455 §5.2). */
import { broken, type Case, type Cut, frame, hear, hello, row, say } from './case.ts';

const payload = 'reserved opcode payload';

/** For a group of reserved opcodes the five ways to send one. */
function group(id: string, kind: string, first: number): Case[] {
  const alone = (bad: ReturnType<typeof frame>) => () => [
    ...say(bad, frame(9)),
    broken('OPCODE', { frame: 0, header: 0 }),
  ];
  const later = (bad: ReturnType<typeof frame>) => () => [
    ...say(frame(1, hello), bad, frame(9)),
    hear('text', hello),
    broken('OPCODE', { frame: 1, header: 0 }),
  ];
  const name = (at: number, what: string) => `${kind} opcode ${first + at}${what}`;
  const between = (at: number, what: string) => `text, ${name(at, what)}, ping`;
  const each = (at: number, about: string, acts: Case['acts'], cut: Cut = 'whole') =>
    row(`${id}.${at + 1}`, '§5.2', about, acts, cut);
  return [
    each(0, name(0, ''), alone(frame(first))),
    each(1, name(1, ' with a payload'), alone(frame(first + 1, payload))),
    each(2, between(2, ''), later(frame(first + 2))),
    each(3, between(3, ' with a payload'), later(frame(first + 3, payload))),
    each(
      4,
      `${between(4, ' with a payload')}, one octet a write`,
      later(frame(first + 4, payload)),
      1,
    ),
  ];
}

export const opcodes: readonly Case[] = [
  ...group('4.1', 'data', 3),
  ...group('4.2', 'control', 11),
];
