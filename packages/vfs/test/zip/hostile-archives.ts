/** Archives that are attacks, in tables: names, entries, and archives as a whole. */
import { constants, crc32, deflateRawSync } from 'node:zlib';
import { fields, type MadeEnd, type MadeEntry, makeZip } from './make-zip.ts';

export const GOOD: MadeEntry = { name: 'good.txt', content: 'the good one' };
export const TEXT = 'some text, some text';
const packed = deflateRawSync(TEXT);
const SYMLINK = 0o120777;

export const NOT_FOUND = 'LWS_ERR_VFS_NOT_FOUND';
export const ENTRY = 'LWS_ERR_VFS_ZIP_ENTRY';
export const ZIP = 'LWS_ERR_VFS_ZIP';
export const LARGE = 'LWS_ERR_VFS_ZIP_TOO_LARGE';
export const OUTSIDE = 'LWS_ERR_VFS_OUTSIDE';

/** ZIP-1: names that nobody can ask for. */
export const NAMES: readonly (string | Uint8Array)[] = [
  '../x',
  '../../etc/passwd',
  'a/../../x',
  'a/..',
  '/etc/x',
  '//x',
  '..\\x',
  'a\\b',
  '\\\\server\\x',
  'C:/x',
  'c:x',
  'nul\0.txt',
  'a\nb',
  './x',
  'a/./x',
  'a//x',
  '',
  '/',
  '..',
  '.',
  'a\x7fb',
  'x'.repeat(1025),
  'x'.repeat(800),
  `${'x'.repeat(100)}/`.repeat(11),
  'd/'.repeat(65),
  Uint8Array.of(0xc0, 0xaf),
  Uint8Array.of(0x61, 0xff),
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0xe2, 0x82),
  Uint8Array.of(0xf8, 0x88, 0x80, 0x80, 0x80),
];

const extraOverrun = fields([2, 0x5455], [2, 99]);
const zip64Extra = (...values: bigint[]): Uint8Array =>
  Buffer.concat([fields([2, 1], [2, values.length * 8]), ...values.map((one) => fields([8, one]))]);
export const X = { name: 'x', content: TEXT };

/** One entry that is refused; the other of the archive is served. */
export const ENTRIES: readonly (readonly [string, MadeEntry, string])[] = [
  ...[SYMLINK, 0o020666, 0o060666, 0o010666, 0o140777, 0o040755].map(
    (mode) => [`ZIP-2: mode ${mode.toString(8)}`, { ...X, mode }, ENTRY] as const,
  ),
  ['ZIP-3: wrong CRC, deflated', { ...X, crc: 1 }, ENTRY],
  ['ZIP-3: wrong CRC, stored', { ...X, method: 0, crc: 1 }, ENTRY],
  ['ZIP-3: CRC 0', { ...X, crc: 0 }, ENTRY],
  ['ZIP-3: CRC of nothing, with a descriptor', { ...X, crc: 7, flags: 8 }, ENTRY],
  ['ZIP-4: size too small', { ...X, unpacked: 3 }, ENTRY],
  ['ZIP-4: size 0', { ...X, unpacked: 0 }, ENTRY],
  ['ZIP-4: size too big', { ...X, unpacked: 300 }, ENTRY],
  ['ZIP-4: size 4 GiB', { ...X, unpacked: 0xffff_fffe }, ENTRY],
  ['ZIP-4: size 4 GiB, stored', { ...X, method: 0, unpacked: 0xffff_fffe }, ENTRY],
  ['ZIP-4: stored sizes differ', { ...X, method: 0, unpacked: 3 }, ENTRY],
  ['ZIP-4: packed too short', { ...X, packed: packed.length - 1 }, ENTRY],
  ['ZIP-4: packed 0', { ...X, packed: 0 }, ENTRY],
  [
    'ZIP-4: bytes behind the stream',
    { ...X, data: Buffer.concat([packed, Buffer.alloc(9)]) },
    ENTRY,
  ],
  ['ZIP-5: data past the directory', { ...X, packed: 5000 }, ENTRY],
  ['ZIP-5: local header past the end', { ...X, offset: 1_000_000 }, ENTRY],
  ['ZIP-5: offset 4 GiB', { ...X, offset: 0xffff_fffe }, ENTRY],
  ['ZIP-5: offset into the middle', { ...X, offset: 7 }, ENTRY],
  ['ZIP-5: local name', { ...X, local: { name: 'y' } }, ENTRY],
  ['ZIP-5: local name longer', { ...X, local: { name: 'xx' } }, ENTRY],
  ['ZIP-5: local method', { ...X, local: { method: 0 } }, ENTRY],
  ['ZIP-5: local flags', { ...X, local: { flags: 1 } }, ENTRY],
  ['ZIP-5: local signature', { ...X, local: { signature: 0x12345678 } }, ENTRY],
  ['ZIP-5: local CRC', { ...X, local: { crc: 5 } }, ENTRY],
  ['ZIP-5: local size', { ...X, local: { unpacked: 5 } }, ENTRY],
  ['ZIP-5: local extra fields over the next entry', { ...X, local: { extraBytes: 9 } }, ENTRY],
  ['ZIP-5: local extra fields over the end', { ...X, local: { extraBytes: 0xffff } }, ENTRY],
  ['ZIP-5: local packed size', { ...X, local: { packed: 5 } }, ENTRY],
  ...[1, 2, 6, 9, 12, 14, 93, 95, 98, 99, 0xffff].map(
    (method) => [`ZIP-9: method ${method}`, { ...X, method }, ENTRY] as const,
  ),
  ['ZIP-9: encrypted', { ...X, flags: 1 }, ENTRY],
  ['ZIP-9: strongly encrypted', { ...X, flags: 0x41 }, NOT_FOUND],
  ['ZIP-9: masked', { ...X, flags: 0x2000 }, ENTRY],
  ['ZIP-9: extra fields overrun', { ...X, extra: extraOverrun }, NOT_FOUND],
  [
    'ZIP-9: zip64 extra without its size',
    { ...X, unpacked: 0xffff_ffff, extra: zip64Extra() },
    NOT_FOUND,
  ],
  [
    'ZIP-9: zip64 size 2^64',
    { ...X, unpacked: 0xffff_ffff, extra: zip64Extra(2n ** 64n - 1n) },
    ENTRY,
  ],
  ['ZIP-9: zip64 size 2^63', { ...X, unpacked: 0xffff_ffff, extra: zip64Extra(2n ** 63n) }, ENTRY],
  [
    'ZIP-9: zip64 packed 2^64',
    { ...X, packed: 0xffff_ffff, extra: zip64Extra(2n ** 64n - 1n) },
    ENTRY,
  ],
  ['ZIP-9: zip64 offset 2^53', { ...X, offset: 0xffff_ffff, extra: zip64Extra(2n ** 53n) }, ENTRY],
  ['ZIP-9: no deflate stream', { ...X, data: Buffer.from('\xff'.repeat(20), 'latin1') }, ENTRY],
  [
    'ZIP-9: deflate broken in the middle',
    { ...X, data: Buffer.concat([packed.subarray(0, 5), Buffer.alloc(9, 0xff)]) },
    ENTRY,
  ],
  ['ZIP-9: deflate without an end', { ...X, data: packed.subarray(0, -2) }, ENTRY],
];

const sound = makeZip([GOOD]);
const comment = Buffer.alloc(65_535, 0x63);

/** The archive as a whole. */
export const WHOLE: readonly (readonly [string, Uint8Array, string | undefined])[] = [
  ['ZIP-6: empty', new Uint8Array(0), ZIP],
  ['ZIP-6: no zip', Buffer.from('<!doctype html>'), ZIP],
  ['ZIP-6: zeros', new Uint8Array(100_000), ZIP],
  ['ZIP-6: 21 bytes', sound.subarray(-21), ZIP],
  ['ZIP-6: nothing but the end', sound.subarray(-22), ZIP],
  ...Array.from({ length: 16 }, (_, at) => {
    const left = Math.floor((sound.length * (at + 1)) / 17);
    return [`ZIP-6: cut after ${left}`, sound.subarray(0, left), ZIP] as const;
  }),
  ...Array.from(
    { length: 6 },
    (_, at) => [`ZIP-6: begins ${at + 1} late`, sound.subarray(at + 1), ZIP] as const,
  ),
  ...(
    [
      ['count 0', { count: 0 }],
      ['count 2', { count: 2 }],
      ['count 65535', { count: 0xffff }],
      ['counts differ', { countHere: 5 }],
      ['disk 1', { disk: 1 }],
      ['disk 65535', { disk: 0xffff }],
      ['begun on disk 1', { startDisk: 1 }],
      ['size 0', { bytes: 0 }],
      ['size one less', { bytes: 53 }],
      ['size 4 GiB', { bytes: 0xffff_ffff }],
      ['start 4 GiB', { start: 0xffff_ffff }],
      ['start behind the end', { start: 5000 }],
      ['comment longer', { commentBytes: 5 }],
      ['comment shorter', { comment: Buffer.from('hello'), commentBytes: 2 }],
      ['trailing bytes', { suffix: Buffer.from('x') }],
      [
        'a record in the comment',
        { comment: Buffer.concat([sound.subarray(-22), Buffer.from('zz')]) },
      ],
      ['zip64 count', { zip64: { count: 2n } }],
      ['zip64 counts differ', { zip64: { countHere: 2n } }],
      ['zip64 disk 1', { zip64: { disk: 1 } }],
      ['zip64 begun on disk 1', { zip64: { startDisk: 1 } }],
      ['two records, two counts', { zip64: {}, count: 5 }],
      ['two records, two sizes', { zip64: {}, bytes: 5 }],
      ['two records, two starts', { zip64: {}, start: 5 }],
      ['zip64 size', { zip64: { bytes: 1n } }],
      ['zip64 size 2^64', { zip64: { bytes: 2n ** 64n - 1n } }],
      ['zip64 start', { zip64: { start: 9n } }],
      ['zip64 start 2^63', { zip64: { start: 2n ** 63n } }],
      ['zip64 record outside', { zip64: { at: 2n ** 40n } }],
      ['zip64 record at 2^64', { zip64: { at: 2n ** 64n - 1n } }],
      ['zip64 record at 0', { zip64: { at: 0n } }],
      ['zip64 record size', { zip64: { size: 5n } }],
    ] as readonly (readonly [string, MadeEnd])[]
  ).map(([name, end]) => [`ZIP-6, ZIP-7: ${name}`, makeZip([GOOD], end), ZIP] as const),
  [
    'ZIP-8: zip64 of 2^40 entries',
    makeZip([GOOD], { zip64: { count: 2n ** 40n, bytes: 2n ** 50n } }),
    ZIP,
  ],
  ['ZIP-7: a comment of 64 KiB', makeZip([GOOD], { comment }), undefined],
  [
    'ZIP-7: something before it',
    makeZip([GOOD], { prefix: Buffer.from('#!/bin/sh\nexit\n') }),
    undefined,
  ],
  ['zip64', makeZip([GOOD], { zip64: {} }), undefined],
];

/** A deflate stream of so many MiB of zeros, made of one MiB again and again. */
function zeros(mebibytes: number): Uint8Array {
  const piece = deflateRawSync(new Uint8Array(1024 * 1024), {
    finishFlush: constants.Z_FULL_FLUSH,
  });
  const end = deflateRawSync(new Uint8Array(0));
  return Buffer.concat([...Array.from({ length: mebibytes }, () => piece), end]);
}

function zerosCrc(mebibytes: number): number {
  const piece = new Uint8Array(1024 * 1024);
  let crc = 0;
  for (let at = 0; at < mebibytes; at++) crc = crc32(piece, crc);
  return crc;
}

function bomb(mebibytes: number): Uint8Array {
  const data = zeros(mebibytes);
  const unpacked = mebibytes * 1024 * 1024;
  return makeZip([{ name: 'x', data, crc: zerosCrc(mebibytes), unpacked }, GOOD]);
}

function many(make: (at: number) => MadeEntry, count = 65_534): Uint8Array {
  return makeZip([...Array.from({ length: count }, (_, at) => make(at)), GOOD]);
}

const STORED: MadeEntry = { ...X, method: 0 };

/** Archives in archives, down to one that holds `x`. */
function nested(levels: number): Uint8Array {
  let zip = makeZip([X, GOOD]);
  for (let at = 0; at < levels; at++)
    zip = makeZip([{ name: 'x.zip', content: zip, method: at % 2 === 0 ? 8 : 0 }, GOOD]);
  return zip;
}

/** Archives that cost: made when they are wanted, what is asked for in each is `x` and the good one. */
export const LARGE_ONES: readonly (readonly [string, () => Uint8Array, string])[] = [
  ['ZIP-8: 65,535 entries', () => many((at) => ({ name: `f/${at}`, method: 0 })), 'f/65533'],
  [
    'ZIP-8: 20,000 long names',
    () => many((at) => ({ name: `${'n'.repeat(100)}${at}`, method: 0 }), 20_000),
    'x',
  ],
  ['ZIP-8: 65,535 directories', () => many((at) => ({ name: `${at}/x`, method: 0 })), '7/x'],
  [
    'ZIP-8: directories in directories',
    () => many((at) => ({ name: `${at}/${'d/'.repeat(60)}x`, method: 0 }), 2000),
    'x',
  ],
  ['ZIP-8: 20,000 in one place', () => many(() => ({ ...STORED, offset: 0 }), 20_000), 'x'],
  [
    'ZIP-8: 65,535 from the end to the begin',
    () => many((at) => ({ name: `f/${at}`, method: 0, offset: (65_534 - at) * 30 })),
    'f/1',
  ],
  ['ZIP-9: one name 20,000 times', () => many(() => STORED, 20_000), 'x'],
  ['ZIP-9: 65,535 that yauzl ends at', () => many(() => ({ ...STORED, flags: 0x41 })), 'x'],
  ['ZIP-1: 20,000 without a name', () => many(() => ({ ...STORED, name: '' }), 20_000), 'x'],
  [
    'ZIP-1: 20,000 that lead away',
    () => many((at) => ({ ...STORED, name: `../${at}` }), 20_000),
    'x',
  ],
  ['ZIP-8: a bomb of 16 MiB', () => bomb(16), 'x'],
  ['ZIP-8: a bomb of 1 GiB', () => bomb(1024), 'x'],
  [
    'ZIP-8: a bomb in an archive',
    () => makeZip([{ name: 'x.zip', content: bomb(7) }, GOOD]),
    'x.zip/x',
  ],
  ['ZIP-8: archives in archives', () => nested(9), `${'x.zip/'.repeat(9)}x`],
];
