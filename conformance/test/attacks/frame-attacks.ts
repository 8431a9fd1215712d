/** WS-1 to WS-5, WS-15 and WS-16: frames that may not be, text that is none, and what stands right behind the handshake. */
import { close, frame, hello, hex } from '../cases/case.ts';
import { eventLine } from '../framing/outcome.ts';
import { type Attack, fails, kibibyte, said, type ThreatId } from './attack.ts';

/** An offer that is agreed to: RSV1 may begin a message. */
const offer = 'permessage-deflate';

const broken = (code: string): ReturnType<typeof fails> => fails(1002, `WS_${code}`);

function wrong(
  id: ThreatId,
  about: string,
  says: Uint8Array,
  ends: ReturnType<typeof fails>,
): Attack {
  return { id, about, says: () => [says], ...ends };
}

const notMasked = (
  [
    ['text', '81 02 6869'],
    ['an empty binary', '82 00'],
    ['ping', '89 00'],
    ['close', '88 02 03e8'],
  ] as const
).map(([about, wire]) => wrong('WS-1', `${about}, not masked`, hex(wire), broken('MASK')));

const compressed = { vhost: 'deflate', offer } as const;

const reserved: readonly Attack[] = [
  ...[1, 2, 3, 4, 5, 6, 7].map((rsv) =>
    wrong('WS-2', `RSV ${rsv}`, said(frame(1, hello, { rsv })), broken('RESERVED_BIT')),
  ),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) =>
    wrong('WS-2', `opcode ${opcode}`, said(frame(opcode, hello)), broken('OPCODE')),
  ),
  {
    ...wrong(
      'WS-2',
      'RSV1 on a continuation',
      said(frame(1, hello, { fin: false }), frame(0, hello, { rsv: 4 })),
      broken('RESERVED_BIT'),
    ),
    ...compressed,
  },
  {
    ...wrong('WS-2', 'RSV1 on a ping', said(frame(9, '', { rsv: 4 })), broken('RESERVED_BIT')),
    ...compressed,
  },
];

const control: readonly Attack[] = [
  ...[8, 9, 10].map((opcode) =>
    wrong(
      'WS-3',
      `control opcode ${opcode} without FIN`,
      said(frame(opcode, '', { fin: false })),
      broken('CONTROL_FRAGMENTED'),
    ),
  ),
  ...[8, 9, 10].map((opcode) =>
    wrong(
      'WS-3',
      `control opcode ${opcode} of 126 octets`,
      said(frame(opcode, new Uint8Array(126))),
      broken('CONTROL_LENGTH'),
    ),
  ),
  wrong('WS-3', 'close of one octet', said(frame(8, hex('03'))), broken('CLOSE_LENGTH')),
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map((code) =>
    wrong('WS-3', `close ${code}`, said(close(code)), broken('CLOSE_CODE')),
  ),
  ...['c3 28', 'ed a0 80', 'f4 90 80 80', 'c3'].map((reason) =>
    wrong(
      'WS-3',
      `close with the reason ${reason}`,
      said(close(1000, hex(reason))),
      fails(1007, 'WS_CLOSE_REASON'),
    ),
  ),
  ...[1000, 1003, 1007, 1012, 1013, 1014, 3000, 4999].map(
    (code): Attack => ({
      id: 'WS-3',
      about: `close ${code}, which is one`,
      says: () => [said(close(code))],
      hears: [`close ${code}`, 'end'],
      codes: [],
    }),
  ),
];

/** Nothing of what a header announces may be allocated. */
const headerAlone = { pinned: 256 * kibibyte };

const lengths: readonly Attack[] = [
  wrong('WS-4', '5 in 16 bits', hex('82 fe 0005'), broken('LENGTH_NOT_MINIMAL')),
  wrong('WS-4', '5 in 64 bits', hex('82 ff 0000000000000005'), broken('LENGTH_NOT_MINIMAL')),
  wrong('WS-4', '65,535 in 64 bits', hex('82 ff 000000000000ffff'), broken('LENGTH_NOT_MINIMAL')),
  wrong('WS-4', '2^63', hex('82 ff 8000000000000000'), broken('LENGTH_SIGN')),
  wrong('WS-4', '2^64 - 1', hex('82 ff ffffffffffffffff'), broken('LENGTH_SIGN')),
  ...(
    [
      ['2^53', '82 ff 0020000000000000', 'WS_LENGTH_UNSUPPORTED'],
      ['2^63 - 1', '82 ff 7fffffffffffffff', 'WS_LENGTH_UNSUPPORTED'],
      ['2^53 - 1', '82 ff 001fffffffffffff 00000000', 'WS_MESSAGE_SIZE'],
      ['1 GiB', '82 ff 0000000040000000 00000000', 'WS_MESSAGE_SIZE'],
      ['1 MiB and an octet', '82 ff 0000000000100001 00000000', 'WS_MESSAGE_SIZE'],
    ] as const
  ).map(([about, wire, code]) => ({
    ...wrong('WS-4', about, hex(wire), fails(1009, code)),
    grows: headerAlone,
  })),
];

/** Up to the octet that shows it; what the frame still lacks is never said. */
const notUtf8 = [
  ['continuation octet alone', '80'],
  ['overlong in 2', 'c0'],
  ['overlong in 3', 'e080'],
  ['overlong in 4', 'f080'],
  ['surrogate', 'eda0'],
  ['above U+10FFFF', 'f490'],
  ['first octet there is not', 'f5'],
] as const;

const begun = Buffer.from('κόσμε €😀');
const badText = (octets: string): Uint8Array => Buffer.concat([begun, hex(octets)]);

/** A text frame of 125 octets that is not said to its end. */
function unfinished(octets: string): Uint8Array {
  const payload = new Uint8Array(125);
  payload.set(badText(octets));
  return said(frame(1, payload)).subarray(0, 6 + badText(octets).length);
}

function eachOctet(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}

const utf8 = notUtf8.flatMap(([about, octets]): Attack[] => [
  {
    ...wrong('WS-5', `${about}, frame not ended`, unfinished(octets), fails(1007, 'WS_UTF8')),
  },
  {
    id: 'WS-5',
    about: `${about}, an octet a write`,
    says: () => eachOctet(unfinished(octets)),
    ...fails(1007, 'WS_UTF8'),
  },
  {
    id: 'WS-5',
    about: `${about}, an octet a fragment`,
    says: () => [
      said(
        ...Array.from(badText(octets), (octet, at) =>
          frame(at === 0 ? 1 : 0, Uint8Array.of(octet), { fin: false }),
        ),
      ),
    ],
    ...fails(1007, 'WS_UTF8'),
  },
]);

const early: readonly Attack[] = [
  {
    id: 'WS-15',
    about: 'messages and a ping behind the handshake, in its segment',
    early: () => said(frame(1, 'a'), frame(9, 'b'), frame(2, 'c'), close(1000)),
    hears: [
      // a ping is answered when it is read, an echo waits for `writeable`
      eventLine('text', Buffer.from('a')),
      eventLine('pong', Buffer.from('b')),
      eventLine('binary', Buffer.from('c')),
      'close 1000',
      'end',
    ],
    codes: [],
  },
  {
    id: 'WS-15',
    about: 'half a message behind the handshake, the rest later',
    early: () => said(frame(1, hello)).subarray(0, 9),
    says: () => [said(frame(1, hello)).subarray(9)],
    lastly: () => [said(close(1000))],
    hears: [eventLine('text', Buffer.from(hello)), 'close 1000', 'end'],
    codes: [],
  },
  {
    id: 'WS-15',
    about: 'a frame that is not masked behind the handshake',
    early: () => hex('81 02 6869'),
    ...broken('MASK'),
  },
];

const mistakes: readonly Attack[] = [
  {
    id: 'WS-16',
    about:
      'close() and tx.binary() with what is no string and no Uint8Array, by a program that goes on',
    program: 'mistaken',
    says: () => [said(frame(1, 'go on'))],
    lastly: () => [said(close(1000))],
    hears: [
      eventLine('text', Buffer.from('LWS_ERR_WS_CLOSE_ARGUMENTS,LWS_ERR_WS_DATA')),
      'close 1000',
      'end',
    ],
    wire: `8805${Buffer.from('\x03\xe8bye', 'latin1').toString('hex')}`,
    codes: [],
  },
  {
    id: 'WS-16',
    about: 'close() with a Float64Array, by a program that does not catch',
    program: 'mistaken',
    says: () => [said(frame(1, 'throw'))],
    hears: ['close 1011', 'end'],
    wire: '880203f3',
    codes: ['LWS_ERR_HANDLER_THREW'],
  },
];

export const frameAttacks: readonly Attack[] = [
  ...notMasked,
  ...reserved,
  ...control,
  ...lengths,
  ...utf8,
  ...early,
  ...mistakes,
];
