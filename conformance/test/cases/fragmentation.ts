/** Category 5: messages in several frames, and frames that stand where they may not (RFC 6455 §5.4, §5.5). */
import {
  type Act,
  broken,
  bye,
  type Case,
  type CaseFrame,
  type Cut,
  echoed,
  frame,
  hear,
  hello,
  row,
  say,
} from './case.ts';

const open = { fin: false };
const two = [frame(1, 'fragment1', open), frame(0, 'fragment2')];
const both = 'fragment1fragment2';

const cuts: readonly (readonly [Cut, string])[] = [
  ['whole', ''],
  ['frames', ', a write each'],
  [1, ', one octet a write'],
];

/** The same, cut in three ways, numbered from `first` on. */
function threeWays(first: number, rule: string, about: string, acts: () => Act[]): Case[] {
  return cuts.map(([cut, how], at) => row(`5.${first + at}`, rule, about + how, acts, cut));
}

function fails(code: string, at: number, ...frames: CaseFrame[]): () => Act[] {
  return () => [...say(...frames), broken(code, { frame: at, header: 0 })];
}

/** A continuation of nothing, before each of two messages in two frames. */
function strayTwice(fin: boolean): CaseFrame[] {
  const once = [frame(0, 'fragment1', { fin }), frame(1, 'fragment2', open), frame(0, 'fragment3')];
  return [...once, ...once];
}

/** Five fragments, with a ping that has to be answered before the rest is said. */
function pingedBetween(): Act[] {
  return [
    ...say(frame(1, 'fragment1', open), frame(0, 'fragment2', open), frame(9, 'pongme 1!')),
    hear('pong', 'pongme 1!'),
    ...say(frame(0, 'fragment3', open), frame(0, 'fragment4', open)),
    ...say(frame(9, 'pongme 2!'), frame(0, 'fragment5')),
    hear('pong', 'pongme 2!'),
    hear('text', 'fragment1fragment2fragment3fragment4fragment5'),
    ...bye,
  ];
}

export const fragmentation: readonly Case[] = [
  row(
    '5.1',
    '§5.5',
    'ping in two fragments',
    fails('CONTROL_FRAGMENTED', 0, frame(9, 'fragment1', open), frame(0, 'fragment2')),
  ),
  row(
    '5.2',
    '§5.5',
    'pong in two fragments',
    fails('CONTROL_FRAGMENTED', 0, frame(10, 'fragment1', open), frame(0, 'fragment2')),
  ),
  ...threeWays(3, '§5.4', 'text in two fragments', () => echoed(1, both, two)),
  ...threeWays(6, '§5.4', 'text in two fragments, a ping between them', () => [
    ...say(frame(1, 'fragment1', open), frame(9, 'ping payload'), frame(0, 'fragment2')),
    hear('pong', 'ping payload'),
    hear('text', both),
    ...bye,
  ]),
  ...threeWays(
    9,
    '§5.4',
    'last continuation of nothing, then a text',
    fails('CONTINUATION', 0, frame(0, 'non-continuation payload'), frame(1, hello)),
  ),
  ...threeWays(
    12,
    '§5.4',
    'continuation of nothing, then a text',
    fails('CONTINUATION', 0, frame(0, 'non-continuation payload', open), frame(1, hello)),
  ),
  row('5.15', '§5.4', 'text in two fragments, then a continuation of nothing, then a text', () => [
    ...say(...two, frame(0, 'fragment3', open), frame(1, 'fragment4')),
    hear('text', both),
    broken('CONTINUATION', { frame: 2, header: 0 }),
  ]),
  row(
    '5.16',
    '§5.4',
    'twice: continuation of nothing, then a text in two fragments',
    fails('CONTINUATION', 0, ...strayTwice(false)),
  ),
  row(
    '5.17',
    '§5.4',
    'twice: last continuation of nothing, then a text in two fragments',
    fails('CONTINUATION', 0, ...strayTwice(true)),
  ),
  row(
    '5.18',
    '§5.4',
    'text in two fragments, both with the opcode of text',
    fails('INTERLEAVED', 1, frame(1, 'fragment1', open), frame(1, 'fragment2')),
  ),
  row('5.19', '§5.4', 'text in five fragments, two pings among them', pingedBetween),
  row('5.20', '§5.4', 'the same, a write each', pingedBetween, 'frames'),
];
