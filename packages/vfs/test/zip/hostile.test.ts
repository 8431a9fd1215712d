/** Archives that are attacks: each is refused as a whole, or one entry of it is, and the good one beside it is served. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { crc32, deflateRawSync } from 'node:zlib';
import type { CodedError, FopsFile } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import { MemoryFops, ZipFops } from '../../src/index.ts';
import { openNow, readSome } from '../file-ops-suite.ts';
import { fields, type MadeEnd, type MadeEntry, makeZip } from './make-zip.ts';

const GOOD: MadeEntry = { name: 'good.txt', content: 'the good one' };
const TEXT = 'some text, some text';
const packed = deflateRawSync(TEXT);
const SYMLINK = 0o120777;

/** What became of one request: the whole content, or the code it ended with, be it in the middle. */
async function fetch(
  zip: Uint8Array,
  name: string,
  acceptGzip = false,
): Promise<Uint8Array | string> {
  const memory = new MemoryFops().set('/x.zip', zip);
  const fops = new ZipFops(memory);
  const opened = await openNow(fops, '/x.zip', `/${name}`, { write: false, acceptGzip });
  if (!('fops' in opened)) return opened.code;
  const content = await drain(opened);
  opened.fops.close(opened);
  return content;
}

async function drain(file: FopsFile): Promise<Uint8Array | string> {
  const pieces: Uint8Array[] = [];
  for (let left = file.length; left > 0; ) {
    const into = new Uint8Array(65_536);
    const got: number | CodedError = await readSome(file, into);
    if (typeof got !== 'number') return got.code;
    if (got === 0) return 'SHORT';
    left -= got;
    if (pieces.length < 64) pieces.push(into.subarray(0, got));
  }
  return Buffer.concat(pieces);
}

const NOT_FOUND = 'LWS_ERR_VFS_NOT_FOUND';
const ENTRY = 'LWS_ERR_VFS_ZIP_ENTRY';
const ZIP = 'LWS_ERR_VFS_ZIP';
const LARGE = 'LWS_ERR_VFS_ZIP_TOO_LARGE';
const OUTSIDE = 'LWS_ERR_VFS_OUTSIDE';

/** ZIP-1: names that nobody can ask for. */
const NAMES: readonly (string | Uint8Array)[] = [
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
  'x'.repeat(1025),
  'd/'.repeat(65),
  Uint8Array.of(0xc0, 0xaf),
  Uint8Array.of(0x61, 0xff),
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0xe2, 0x82),
  Uint8Array.of(0xf8, 0x88, 0x80, 0x80, 0x80),
];

describe('ZIP-1: a name that cannot be asked for hides nothing', () => {
  test.each(NAMES.map((name) => [name] as const))('%j', async (name) => {
    const bad: MadeEntry = { name, content: 'SECRET', flags: typeof name === 'string' ? 0 : 0x800 };
    const told: string[] = [];
    const zip = makeZip([bad, GOOD]);
    const fops = new ZipFops(new MemoryFops().set('/x.zip', zip), {
      refused: (_archive, entry) => told.push(entry),
    });
    const file = await openNow(fops, '/x.zip', '/good.txt');
    expect(file).toMatchObject({ length: 12 });
    expect(told).toEqual(['entry 0']);
    const asked = await fetch(zip, typeof name === 'string' ? name : 'a');
    expect([NOT_FOUND, OUTSIDE, 'LWS_ERR_VFS_IS_DIRECTORY']).toContain(asked);
  });
});

const extraOverrun = fields([2, 0x5455], [2, 99]);
const zip64Extra = (...values: bigint[]): Uint8Array =>
  Buffer.concat([fields([2, 1], [2, values.length * 8]), ...values.map((one) => fields([8, one]))]);
const X = { name: 'x', content: TEXT };

/** One entry that is refused; the other of the archive is served. */
const ENTRIES: readonly (readonly [string, MadeEntry, string])[] = [
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

test.each(ENTRIES)('%s', async (_name, entry, code) => {
  // Far enough from the good one that only what the case is about is wrong.
  const zip = makeZip([GOOD, entry, { name: 'last.txt', content: 'last', method: 0 }]);
  expect(await fetch(zip, 'x')).toBe(code);
  if (entry.packed !== 5000 && entry.offset !== 7)
    expect(Buffer.from((await fetch(zip, 'good.txt')) as Uint8Array).toString()).toBe(
      'the good one',
    );
  const gzip = await fetch(zip, 'x', true);
  expect(typeof gzip === 'string' ? 'refused' : gzip).toBe('refused');
});

test('ZIP-9: a short field of NTFS harms nobody', async () => {
  for (const extra of [fields([2, 0x000a], [2, 2], [2, 0]), Uint8Array.of(0, 0, 0)])
    expect(await fetch(makeZip([{ ...X, extra }]), 'x')).toEqual(Buffer.from(TEXT));
});

test('ZIP-8, ZIP-9: entries of one place and of one name are refused, both', async () => {
  const twice = makeZip([{ ...X }, { ...X, content: 'other' }, GOOD]);
  expect(await fetch(twice, 'x')).toBe(ENTRY);
  const overlap = makeZip([
    { name: 'x', content: 'a' },
    { name: 'y', content: 'b', offset: 0 },
    GOOD,
  ]);
  expect([await fetch(overlap, 'x'), await fetch(overlap, 'y')]).toEqual([ENTRY, ENTRY]);
  expect(await fetch(overlap, 'good.txt')).toEqual(Buffer.from('the good one'));
});

const sound = makeZip([GOOD]);
const comment = Buffer.alloc(65_535, 0x63);

/** The archive as a whole. */
const WHOLE: readonly (readonly [string, Uint8Array, string | undefined])[] = [
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

test.each(WHOLE)('%s', async (_name, zip, code) => {
  const got = await fetch(zip, 'good.txt');
  expect(typeof got === 'string' ? got : Buffer.from(got).toString()).toBe(code ?? 'the good one');
});

test('there are more than 100 of them', () => {
  expect(NAMES.length + ENTRIES.length + WHOLE.length).toBeGreaterThan(100);
});

describe('ZIP-8: sizes', () => {
  test('65,535 entries are indexed in turns, one more is too many', async () => {
    const entries = Array.from({ length: 65_535 }, (_, at) => ({ name: `f/${at}`, method: 0 }));
    const zip = makeZip(entries);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    expect(await fetch(zip, 'f/65534')).toEqual(Buffer.alloc(0));
    delay.disable();
    expect(delay.max / 1e6).toBeLessThan(250);
    const more = makeZip([...entries, { name: 'more', method: 0 }], { zip64: {} });
    expect(await fetch(more, 'more')).toBe(LARGE);
  }, 60_000);

  test('a bomb unpacks at the speed of whoever reads it', async () => {
    const zeros = new Uint8Array(64 * 1024 * 1024);
    const zip = makeZip([{ name: 'bomb', content: zeros }, GOOD]);
    const fops = new ZipFops(new MemoryFops().set('/x.zip', zip));
    const file = await openNow(fops, '/x.zip', '/bomb');
    if (!('fops' in file)) throw new Error(file.code);
    const before = process.memoryUsage.rss();
    const into = new Uint8Array(16_384);
    for (let at = 0; at < 100; at++) expect(await readSome(file, into)).toBeGreaterThan(0);
    await new Promise((soon) => setTimeout(soon, 50));
    expect(process.memoryUsage.rss() - before).toBeLessThan(16 * 1024 * 1024);
    file.fops.close(file);
  });

  test('a long entry with a wrong checksum never ends right', async () => {
    const content = new Uint8Array(20 * 1024 * 1024).fill(7);
    for (const method of [0, 8]) {
      const zip = makeZip([{ name: 'long', content, method, crc: crc32(content) ^ 1 }]);
      expect(await fetch(zip, 'long')).toBe(ENTRY);
    }
  }, 30_000);
});

test('mutated archives: nothing throws, nothing wrong arrives whole', async () => {
  const rounds = 2000 * Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);
  const base = makeZip([X, { name: 'd/stored.txt', content: 'stored bytes', method: 0 }, GOOD], {
    comment: Buffer.from('a comment'),
  });
  const right = new Map([
    ['x', TEXT],
    ['d/stored.txt', 'stored bytes'],
    ['good.txt', 'the good one'],
  ]);
  let seed = 0x2545f491;
  const random = (below: number): number => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) % below;
  };
  let served = 0;
  let refused = 0;
  for (let round = 0; round < rounds; round++) {
    let zip = base.slice();
    for (let change = random(3); change >= 0; change--) zip[random(zip.length)] = random(256);
    if (random(8) === 0) zip = zip.subarray(random(4), zip.length - random(4));
    const fops = new ZipFops(new MemoryFops().set('/x.zip', zip));
    for (const [name, text] of right) {
      const file = await openNow(fops, '/x.zip', `/${name}`);
      const got = 'fops' in file ? await drain(file) : file.code;
      if (typeof got === 'string') refused += 1;
      else {
        served += 1;
        expect(Buffer.from(got).toString()).toBe(text);
      }
    }
  }
  expect(Math.min(served, refused)).toBeGreaterThan(rounds / 4);
}, 3_600_000);
