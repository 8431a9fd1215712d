/** WS-6, WS-7, WS-10 and WS-11: much of what is allowed once, and peers that do not read. */
import { constants, deflateRawSync } from 'node:zlib';
import {
  type CaseFrame,
  close,
  fill,
  fragments as fragmentsOf,
  frame,
  star,
} from '../cases/case.ts';
import { atDepth, sized } from '../cases/depth.ts';
import { eventLine } from '../framing/outcome.ts';
import { frameImage } from '../peer/frame-image.ts';
import { type Attack, fails, kibibyte, mebibyte, said } from './attack.ts';

const million = 1_000_000;

/** What a flood of megabytes may take: nothing of it stays but what is being read, and its code is compiled. */
const little = { pinned: 512 * kibibyte, rss: 8 * mebibyte };

/** How often, then what. */
type Run = readonly [count: number, one: CaseFrame];

/** Frames in one write, the runs one after the other, `rounds` times. */
function repeated(rounds: number, ...runs: readonly Run[]): Uint8Array {
  const round = runs.flatMap(([count, one]) =>
    Array<Uint8Array>(count).fill(frameImage(one, 'client', 0)),
  );
  const once = Buffer.concat(round);
  return Buffer.alloc(once.length * rounds, once);
}

const begins = frame(2, '', { fin: false });
const ends = frame(0);
const octet = (): CaseFrame => frame(0, fill(star, 1), { fin: false });
const nothing = frame(0, '', { fin: false });

/** A million of fragments, each tenth of a thousand followed by a ping: fewer than a hundred a second are heard. */
function millionOf(fragment: CaseFrame): readonly Uint8Array[] {
  return [said(begins), repeated(million / 100, [100, fragment], [1, frame(9, 'p')])];
}

const pong = eventLine('pong', Buffer.from('p'));
/** Before the flood is ended: it begins behind a fragment of its own. */
const pongs = Array<string>(10).fill(pong);

const tiny: readonly Attack[] = (
  [
    ['0 octets', nothing],
    ['1 octet', octet()],
  ] as const
).flatMap(([about, fragment]): Attack[] => [
  {
    id: 'WS-6',
    about: `1,000,000 fragments of ${about}, a ping after each 100`,
    says: () => millionOf(fragment),
    hears: [...pongs, ...fails(1008, '').hears],
    codes: ['LWS_ERR_WS_TINY_FRAGMENTS'],
    grows: little,
  },
  {
    id: 'WS-6',
    about: `1,000,000 fragments of ${about} where their number is not bounded`,
    vhost: 'patient',
    says: () => [said(begins), repeated(million, [1, fragment])],
    lastly: () => [said(ends, close(1000))],
    hears: [
      eventLine('binary', fill(star, fragment.payload.length * million)),
      'close 1000',
      'end',
    ],
    codes: [],
    // the message, at most four times what it grew from; rss has V8's young generation too, which grows in newer Node.js
    grows: { rss: 16 * mebibyte, pinned: 1.5 * mebibyte },
  },
]);

/** Not tiny, and as many as a message may have. */
const small = frame(0, fill(star, 64), { fin: false });

const fragments: readonly Attack[] = [
  ...tiny,
  {
    id: 'WS-6',
    about: '16,385 fragments of 64 octets, which are not tiny',
    says: () => [said({ ...small, opcode: 2 }), repeated(16_384, [1, small])],
    ...fails(1008, 'WS_TOO_MANY_FRAGMENTS'),
    grows: little,
  },
  {
    id: 'WS-6',
    about:
      'fragments of 16 KiB, with an octet more than a message may have, by a peer that does not read',
    unread: true,
    says: () => [
      said(frame(2, fill(star, 16 * kibibyte), { fin: false })),
      repeated(63, [1, frame(0, fill(star, 16 * kibibyte), { fin: false })]),
      said(frame(0, fill(star, 1))),
    ],
    lastly: () => [],
    ...fails(1009, 'WS_MESSAGE_SIZE'),
    grows: little,
  },
];

function eachOctet(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}

/** All but the last octet, and then that. */
function dribble(
  message: Uint8Array,
  one: CaseFrame,
): Pick<Attack, 'says' | 'lastly' | 'hears' | 'codes'> {
  const image = frameImage(one, 'client', 0);
  return {
    says: () => eachOctet(image.subarray(0, -1)),
    lastly: () => [image.subarray(-1)],
    hears: [eventLine('binary', message)],
    codes: [],
  };
}

const dribbled = new Uint8Array(256 * kibibyte).map((_, at) => at * at);

/** Compressed without being smaller: each octet of it is one of the message. */
function stored(message: Uint8Array): Uint8Array {
  const wire = deflateRawSync(message, { level: 0, finishFlush: constants.Z_SYNC_FLUSH });
  return wire.subarray(0, -4);
}

const dribbles: readonly Attack[] = [
  {
    id: 'WS-7',
    about: `a message of ${sized(dribbled.length)}, an octet a segment`,
    ...dribble(dribbled, frame(2, dribbled)),
    vhost: 'patient',
    grows: { ...little, pinned: mebibyte },
  },
  {
    id: 'WS-7',
    about: `a compressed message of ${sized(dribbled.length)}, an octet a segment`,
    ...dribble(dribbled, frame(2, stored(dribbled), { rsv: 4 })),
    vhost: 'deflate',
    offer: 'permessage-deflate',
    grows: { ...little, pinned: mebibyte },
  },
];

const scattered = dribbled.subarray(0, atDepth(dribbled.length, 32 * kibibyte));

/** Each octet of it compressed by itself, and a ping when all but one are said. */
const scatter: Attack = {
  id: 'WS-6',
  about: `a compressed message of ${sized(scattered.length)} in fragments of 1 octet, where their number is not bounded`,
  vhost: 'patient',
  offer: 'permessage-deflate',
  says: () => [said(...octets().slice(0, -1), frame(9, 'p'))],
  first: [pong],
  lastly: () => [said(...octets().slice(-1))],
  hears: [pong, eventLine('binary', scattered)],
  codes: [],
  // were each octet kept for itself, it would be three times that
  grows: { pinned: 1.25 * mebibyte },
};

function octets(): CaseFrame[] {
  const [first = frame(2), ...rest] = fragmentsOf(2, stored(scattered), 1);
  return [{ ...first, rsv: 4 }, ...rest];
}

const pings: readonly Attack[] = [
  {
    id: 'WS-10',
    about: '100,000 pings at once',
    says: () => [repeated(100_000, [1, frame(9, 'p')])],
    hears: [...Array<string>(100).fill(pong), ...fails(1008, '').hears],
    codes: ['LWS_ERR_WS_PING_RATE'],
    grows: little,
  },
  {
    id: 'WS-10',
    about: '100,000 pings at once, by a peer that reads no pong',
    unread: true,
    says: () => [repeated(100_000, [1, frame(9, 'p')])],
    lastly: () => [],
    hears: [...Array<string>(100).fill(pong), ...fails(1008, '').hears],
    codes: ['LWS_ERR_WS_PING_RATE'],
    grows: little,
  },
  {
    id: 'WS-10',
    about:
      '50,000 pings of 125 octets, whose pongs are not read, where their number is not bounded',
    vhost: 'patient',
    unread: true,
    says: () => [repeated(50_000, [1, frame(9, fill(star, 125))])],
    lastly: () => [said(close(1000))],
    hears: [...Array<string>(50_000).fill(eventLine('pong', fill(star, 125))), 'close 1000', 'end'],
    codes: [],
    grows: little,
  },
];

/** However much the program has to say. */
const unreadGrows = { pinned: 4 * mebibyte, rss: 4 * mebibyte };

const neverReading: readonly Attack[] = [
  {
    id: 'WS-11',
    about: 'a peer that never reads, of a program that says what `writeable` takes',
    program: 'fountain',
    unread: true,
    hears: [],
    codes: [],
    grows: unreadGrows,
  },
  {
    id: 'WS-11',
    about: 'a peer that never reads, of a program that says 16 MiB at a time',
    program: 'flood',
    unread: true,
    hears: [],
    codes: ['LWS_ERR_WS_OUTPUT'],
    cut: true,
    grows: unreadGrows,
  },
];

export const floodAttacks: readonly Attack[] = [
  ...fragments,
  scatter,
  ...dribbles,
  ...pings,
  ...neverReading,
];
