import { LwsError } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import type { FrameReaderOptions } from '../src/index.ts';
import { hex, read, TraceSink } from './trace.ts';

type Case = readonly [
  name: string,
  side: 'server' | 'client',
  wire: string,
  expected: readonly string[],
];

const zeros = (count: number): string => '00'.repeat(count);

/** Frames as they should be. The key 00000000 leaves a payload readable in its wire image. */
const good: readonly Case[] = [
  ['§5.7 unmasked text', 'client', '8105 48656c6c6f', ['start 1 fin of 5', 'end "Hello"']],
  ['§5.7 masked text', 'server', '8185 37fa213d 7f9f4d5158', ['start 1 fin of 5', 'end "Hello"']],
  [
    '§5.7 fragmented text',
    'client',
    '0103 48656c 8002 6c6f',
    ['start 1 of 3', 'end "Hel"', 'start 0 fin of 2', 'end "lo"'],
  ],
  [
    '§5.7 ping and masked pong',
    'server',
    '8985 37fa213d 7f9f4d5158 8a85 37fa213d 7f9f4d5158',
    ['start 9 fin of 5', 'end 48656c6c6f', 'start 10 fin of 5', 'end 48656c6c6f'],
  ],
  [
    '§5.7 256 bytes, 16-bit length',
    'client',
    `827e0100 ${zeros(256)}`,
    ['start 2 fin of 256', `end ${zeros(256)}`],
  ],
  [
    '§5.7 65536 bytes, 64-bit length',
    'client',
    `827f0000000000010000 ${zeros(65536)}`,
    ['start 2 fin of 65536', `end ${zeros(65536)}`],
  ],
  [
    '125 bytes, 7-bit length',
    'client',
    `827d ${zeros(125)}`,
    ['start 2 fin of 125', `end ${zeros(125)}`],
  ],
  [
    '126 bytes, least 16-bit length',
    'client',
    `827e007e ${zeros(126)}`,
    ['start 2 fin of 126', `end ${zeros(126)}`],
  ],
  [
    '65535 bytes, largest 16-bit length',
    'client',
    `827effff ${zeros(65535)}`,
    ['start 2 fin of 65535', `end ${zeros(65535)}`],
  ],
  [
    '2^53 - 1 bytes, largest length taken',
    'client',
    '827f001fffffffffffff 07',
    ['start 2 fin of 9007199254740991'],
  ],
  ['empty text', 'client', '8100', ['start 1 fin', 'end ""']],
  ['empty masked binary', 'server', '8280 01020304', ['start 2 fin', 'end ']],
  [
    'empty fragments',
    'client',
    '0100 0000 8000',
    ['start 1', 'end ""', 'start 0', 'end ""', 'start 0 fin', 'end ""'],
  ],
  [
    'control of 125 bytes',
    'client',
    `897d ${zeros(125)}`,
    ['start 9 fin of 125', `end ${zeros(125)}`],
  ],
  [
    '§5.4 ping between fragments',
    'client',
    '0102 4865 8901 70 0001 6c 8a00 8002 6c6f',
    [
      'start 1 of 2',
      'end "He"',
      'start 9 fin of 1',
      'end 70',
      'start 0 of 1',
      'end "l"',
      'start 10 fin',
      'end ',
      'start 0 fin of 2',
      'end "lo"',
    ],
  ],
  [
    '§5.4 ping inside a character that two fragments share',
    'client',
    '0102 c3a4 0001 e2 8901 ff 8002 82ac',
    [
      'start 1 of 2',
      'end "Ã¤"',
      'start 0 of 1',
      'end "â"',
      'start 9 fin of 1',
      'end ff',
      'start 0 fin of 2',
      'end "\u0082¬"',
    ],
  ],
  [
    'a message after a message',
    'client',
    '8201 aa 8101 61',
    ['start 2 fin of 1', 'end aa', 'start 1 fin of 1', 'end "a"'],
  ],
  [
    'binary is not checked for UTF-8',
    'client',
    '0201 c3 8001 ff',
    ['start 2 of 1', 'end c3', 'start 0 fin of 1', 'end ff'],
  ],
  [
    'frames go on after a close',
    'client',
    '8802 03e8 8900',
    ['start 8 fin of 2', 'end 03e8', 'start 9 fin', 'end '],
  ],
];

/** What the peer may not do: the wire up to and with the byte that decides, and the code. */
const bad: readonly Case[] = [
  ['RSV1 on text', 'client', 'c1', ['LWS_ERR_WS_RESERVED_BIT']],
  ['RSV2', 'client', 'a1', ['LWS_ERR_WS_RESERVED_BIT']],
  ['RSV3', 'client', '91', ['LWS_ERR_WS_RESERVED_BIT']],
  ['RSV1 on a continuation', 'client', '0100 c0', ['start 1', 'end ""', 'LWS_ERR_WS_RESERVED_BIT']],
  ['RSV1 on a ping', 'server', 'c9', ['LWS_ERR_WS_RESERVED_BIT']],
  ['reserved bit before reserved opcode', 'client', '9f', ['LWS_ERR_WS_RESERVED_BIT']],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode): Case[] => [
    [`opcode ${opcode}`, 'server', (0x80 | opcode).toString(16), ['LWS_ERR_WS_OPCODE']],
    [`opcode ${opcode} without FIN`, 'client', `0${opcode.toString(16)}`, ['LWS_ERR_WS_OPCODE']],
  ]),
  ['close without FIN', 'client', '08', ['LWS_ERR_WS_CONTROL_FRAGMENTED']],
  ['ping without FIN', 'server', '09', ['LWS_ERR_WS_CONTROL_FRAGMENTED']],
  ['pong without FIN', 'client', '0a', ['LWS_ERR_WS_CONTROL_FRAGMENTED']],
  ['continuation first', 'client', '80', ['LWS_ERR_WS_CONTINUATION']],
  ['continuation without FIN first', 'server', '00', ['LWS_ERR_WS_CONTINUATION']],
  [
    'continuation after a whole message',
    'client',
    '8100 80',
    ['start 1 fin', 'end ""', 'LWS_ERR_WS_CONTINUATION'],
  ],
  [
    'continuation after the final one',
    'client',
    '0100 8000 00',
    ['start 1', 'end ""', 'start 0 fin', 'end ""', 'LWS_ERR_WS_CONTINUATION'],
  ],
  [
    'continuation after a ping',
    'client',
    '8900 80',
    ['start 9 fin', 'end ', 'LWS_ERR_WS_CONTINUATION'],
  ],
  ['text inside a message', 'client', '0100 81', ['start 1', 'end ""', 'LWS_ERR_WS_INTERLEAVED']],
  [
    'binary inside a message, after a ping',
    'client',
    '0200 8900 02',
    ['start 2', 'end ', 'start 9 fin', 'end ', 'LWS_ERR_WS_INTERLEAVED'],
  ],
  ['unmasked to a server', 'server', '8100', ['LWS_ERR_WS_MASK']],
  ['unmasked long one to a server', 'server', '827f', ['LWS_ERR_WS_MASK']],
  ['unmasked close to a server', 'server', '8802', ['LWS_ERR_WS_MASK']],
  ['masked to a client', 'client', '8180', ['LWS_ERR_WS_MASK']],
  ['close of 126 bytes', 'client', '887e', ['LWS_ERR_WS_CONTROL_LENGTH']],
  ['ping with a 64-bit length', 'server', '89ff', ['LWS_ERR_WS_CONTROL_LENGTH']],
  ['16 bits for 0', 'client', '827e0000', ['LWS_ERR_WS_LENGTH_NOT_MINIMAL']],
  ['16 bits for 5', 'server', '82fe0005', ['LWS_ERR_WS_LENGTH_NOT_MINIMAL']],
  ['16 bits for 125', 'client', '827e007d', ['LWS_ERR_WS_LENGTH_NOT_MINIMAL']],
  ['64 bits for 5', 'server', '82ff000000000000', ['LWS_ERR_WS_LENGTH_NOT_MINIMAL']],
  ['64 bits for 65535', 'client', '827f000000000000', ['LWS_ERR_WS_LENGTH_NOT_MINIMAL']],
  ['length 2^63', 'client', '827f80', ['LWS_ERR_WS_LENGTH_SIGN']],
  ['length 2^64 - 1', 'server', '82ffff', ['LWS_ERR_WS_LENGTH_SIGN']],
  ['length 2^56', 'client', '827f01', ['LWS_ERR_WS_LENGTH_UNSUPPORTED']],
  ['length 2^53', 'client', '827f0020', ['LWS_ERR_WS_LENGTH_UNSUPPORTED']],
  ['length 2^63 - 1', 'server', '82ff7f', ['LWS_ERR_WS_LENGTH_UNSUPPORTED']],
  [
    'a lone continuation byte',
    'client',
    '8105 6180',
    ['start 1 fin of 5', 'cut "a"', 'LWS_ERR_WS_UTF8'],
  ],
  [
    'masked bad text',
    'server',
    '8185 37fa213d 567a',
    ['start 1 fin of 5', 'cut "a"', 'LWS_ERR_WS_UTF8'],
  ],
  ['overlong 2 bytes', 'client', '8102 c0', ['start 1 fin of 2', 'LWS_ERR_WS_UTF8']],
  ['overlong 3 bytes', 'client', '8103 e09f', ['start 1 fin of 3', 'cut "à"', 'LWS_ERR_WS_UTF8']],
  ['overlong 4 bytes', 'client', '8104 f08f', ['start 1 fin of 4', 'cut "ð"', 'LWS_ERR_WS_UTF8']],
  ['surrogate', 'client', '8103 eda0', ['start 1 fin of 3', 'cut "í"', 'LWS_ERR_WS_UTF8']],
  ['above U+10FFFF', 'client', '8104 f490', ['start 1 fin of 4', 'cut "ô"', 'LWS_ERR_WS_UTF8']],
  ['lead byte F5', 'client', '8104 f5', ['start 1 fin of 4', 'LWS_ERR_WS_UTF8']],
  [
    'bad in the second fragment',
    'client',
    '0102 c3a4 8902 c3c3 8002 c3c3',
    [
      'start 1 of 2',
      'end "Ã¤"',
      'start 9 fin of 2',
      'end c3c3',
      'start 0 fin of 2',
      'cut "Ã"',
      'LWS_ERR_WS_UTF8',
    ],
  ],
  [
    'ASCII where a continuation byte is due, in the next fragment',
    'client',
    '0101 c3 8001 61',
    ['start 1 of 1', 'end "Ã"', 'start 0 fin of 1', 'LWS_ERR_WS_UTF8'],
  ],
  [
    'text that ends in a character',
    'client',
    '8101 c3',
    ['start 1 fin of 1', 'cut "Ã"', 'LWS_ERR_WS_UTF8_INCOMPLETE'],
  ],
  [
    'empty last fragment inside a character',
    'client',
    '0102 e282 8000',
    ['start 1 of 2', 'end "â\u0082"', 'start 0 fin', 'LWS_ERR_WS_UTF8_INCOMPLETE'],
  ],
];

describe.each(good)('%s', (_name, side, wire, expected) => {
  test.each([1, 2, 3, 64, 70_000])('in chunks of %i', (size) => {
    expect(read(hex(wire), { side }, size)).toEqual(expected);
  });
});

describe.each(bad)('%s', (_name, side, wire, expected) => {
  test.each([1, 2, 3, 64])('in chunks of %i', (size) => {
    expect(read(hex(wire), { side }, size)).toEqual(expected);
  });

  test('not before its last byte', () => {
    expect(read(hex(wire).slice(0, -1), { side }, 64).join()).not.toContain('LWS_ERR');
  });

  test('nothing is read after it', () => {
    expect(read(hex(`${wire} 8100 8900 8180 00000000`), { side }, 64)).toEqual(expected);
    expect(read(hex(`${wire} 8100 8900 8180 00000000`), { side }, 1)).toEqual(expected);
  });
});

describe('allowRsv1', () => {
  const options: FrameReaderOptions = { side: 'client', allowRsv1: true };

  test.each([
    ['text', 'c103 ffc300', ['start 1 fin rsv1 of 3', 'end "ÿÃ\u0000"']],
    ['binary', 'c201 ff', ['start 2 fin rsv1 of 1', 'end ff']],
    [
      'fragments, ping between',
      '4101 ff 8900 8001 c3',
      ['start 1 rsv1 of 1', 'end "ÿ"', 'start 9 fin', 'end ', 'start 0 fin of 1', 'end "Ã"'],
    ],
    ['not on a continuation', '4100 c0', ['start 1 rsv1', 'end ""', 'LWS_ERR_WS_RESERVED_BIT']],
    ['not on a ping', 'c9', ['LWS_ERR_WS_RESERVED_BIT']],
    ['not on a reserved opcode', 'c3', ['LWS_ERR_WS_RESERVED_BIT']],
    ['not RSV2 beside it', 'e1', ['LWS_ERR_WS_RESERVED_BIT']],
    [
      'a plain text after it is checked',
      'c101 ff 8101 ff',
      ['start 1 fin rsv1 of 1', 'end "ÿ"', 'start 1 fin of 1', 'LWS_ERR_WS_UTF8'],
    ],
  ] as const)('%s', (_name, wire, expected) => {
    for (const size of [1, 2, 3, 64]) expect(read(hex(wire), options, size)).toEqual(expected);
  });
});

test('validateUtf8: false takes any bytes for text', () => {
  const options: FrameReaderOptions = { side: 'client', validateUtf8: false };
  expect(read(hex('8102 ffc3'), options, 64)).toEqual(['start 1 fin of 2', 'end "ÿÃ"']);
  expect(read(hex('8102 ffc3'), { side: 'client' }, 64)).toEqual([
    'start 1 fin of 2',
    'LWS_ERR_WS_UTF8',
  ]);
});

test.each([
  ['side', { side: 'Server' }],
  ['side', {}],
  ['payloadLimit', { side: 'server', payloadLimit: 0 }],
  ['payloadLimit', { side: 'server', payloadLimit: 1.5 }],
  ['payloadLimit', { side: 'server', payloadLimit: 2 ** 31 }],
])('a wrong %s is refused: %j', (name, options) => {
  const make = (): TraceSink => new TraceSink(options as FrameReaderOptions);
  expect(make).toThrow(LwsError);
  expect(make).toThrow(
    expect.objectContaining({ code: 'LWS_ERR_OPTION', message: expect.stringContaining(name) }),
  );
});
