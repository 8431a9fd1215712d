/** Category 6.1 to 6.4: text in fragments, and text that is not UTF-8, which fails at the octet that shows it. */
import {
  type Act,
  type Case,
  echoed,
  fragments,
  frame,
  hex,
  notUtf8,
  pieces,
  quiet,
  row,
  say,
} from './case.ts';

const open = { fin: false };
const mixed = 'Hello-µ@ßöäüàá-UTF-8!!';
const kosme = hex('ceba e1bdb9 cf83 cebc ceb5');
/** A surrogate among good text; its second octet decides. */
const surrogate = hex('ceba e1bdb9 cf83 cebc ceb5 eda080 656469746564');
const surrogateAt = kosme.length + 1;

/** U+110000 between good text, cut before and behind it, or where it shows. */
const beyond = hex('ceba e1bdb9 cf83 cebc ceb5 f4908080 656469746564');
const beyondAt = kosme.length + 1;
const around = [kosme.length, kosme.length + 4, beyond.length];
const deciding = [beyondAt, beyondAt + 1, beyond.length];

/** Each part a frame: after the first nothing happens, the second is the end; the third is never said. */
function inFrames(ends: readonly number[]): Act[] {
  const [first = 0, second = 0] = ends;
  const parts = [
    frame(1, beyond.subarray(0, first), open),
    frame(0, beyond.subarray(first, second), open),
    frame(0, beyond.subarray(second)),
  ] as const;
  return [
    ...say(parts[0]),
    quiet,
    ...say(parts[1]),
    notUtf8('UTF8', { frame: 1, payload: beyondAt - first }),
    ...say(parts[2]),
  ];
}

/** The same of one frame. */
function inPieces(ends: readonly number[]): Act[] {
  const [first, second, third] = pieces(frame(1, beyond), ends) as [Act, Act, Act];
  return [first, quiet, second, notUtf8('UTF8', { frame: 0, payload: beyondAt }), third];
}

export const utf8: readonly Case[] = [
  row('6.1.1', '§5.6', 'empty text', () => echoed(1, '')),
  row('6.1.2', '§5.4', 'text in three empty fragments', () =>
    echoed(1, '', [frame(1, '', open), frame(0, '', open), frame(0)]),
  ),
  row('6.1.3', '§5.4', 'text in three fragments, the first and the last empty', () => {
    const middle = 'middle frame payload';
    return echoed(1, middle, [frame(1, '', open), frame(0, middle, open), frame(0)]);
  }),
  row('6.2.1', '§5.6', 'text in one frame', () => echoed(1, mixed)),
  row('6.2.2', '§5.6', 'text in two fragments, cut between characters', () =>
    echoed(1, mixed, [frame(1, 'Hello-µ@ßöä', open), frame(0, 'üàá-UTF-8!!')]),
  ),
  row('6.2.3', '§5.6', 'text in fragments of one octet', () =>
    echoed(1, mixed, fragments(1, new TextEncoder().encode(mixed), 1)),
  ),
  row('6.2.4', '§5.6', 'Greek text in fragments of one octet', () =>
    echoed(1, kosme, fragments(1, kosme, 1)),
  ),
  row('6.3.1', '§8.1', 'surrogate in a text of one frame', () => [
    ...say(frame(1, surrogate)),
    notUtf8('UTF8', { frame: 0, payload: surrogateAt }),
  ]),
  row('6.3.2', '§8.1', 'surrogate in a text in fragments of one octet', () => [
    ...say(...fragments(1, surrogate, 1)),
    notUtf8('UTF8', { frame: surrogateAt, payload: 0 }),
  ]),
  row('6.4.1', '§8.1', 'U+110000 in the second of three fragments', () => inFrames(around)),
  row('6.4.2', '§8.1', 'the same; the second fragment is the octet that decides', () =>
    inFrames(deciding),
  ),
  row('6.4.3', '§8.1', 'U+110000 in the second of three pieces of a frame', () => inPieces(around)),
  row('6.4.4', '§8.1', 'the same; the second piece is the octet that decides', () =>
    inPieces(deciding),
  ),
];
