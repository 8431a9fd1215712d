/** Archives that are attacks: each is refused as a whole, or one entry of it is, and the good one beside it is served. */
import { crc32, deflateRawSync } from 'node:zlib';
import type { CodedError, FopsFile } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import { MemoryFops, ZipFops, type ZipOptions } from '../../src/index.ts';
import { openNow, readSome } from '../file-ops-suite.ts';
import {
  ENTRIES,
  ENTRY,
  GOOD,
  LARGE,
  NAMES,
  NOT_FOUND,
  OUTSIDE,
  TEXT,
  WHOLE,
  X,
} from './hostile-archives.ts';
import { fields, type MadeEntry, makeZip } from './make-zip.ts';

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

test.each(WHOLE)('%s', async (_name, zip, code) => {
  const got = await fetch(zip, 'good.txt');
  expect(typeof got === 'string' ? got : Buffer.from(got).toString()).toBe(code ?? 'the good one');
});

describe('ZIP-8: sizes', () => {
  test('65,535 entries are indexed, one more is too many', async () => {
    const entries = Array.from({ length: 65_535 }, (_, at) => ({ name: `f/${at}`, method: 0 }));
    expect(await fetch(makeZip(entries), 'f/65534')).toEqual(Buffer.alloc(0));
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

describe('an entry that is too long to be unpacked at once', () => {
  const content = new Uint8Array(1_000_000).map((_, at) => (at * at) >> 9);
  const stream = deflateRawSync(content);
  const sum = crc32(content);
  const wrong: readonly (readonly [string, Partial<MadeEntry>])[] = [
    ['ZIP-3: wrong CRC', { crc: sum ^ 1 }],
    ['ZIP-3: wrong CRC, stored', { crc: sum ^ 1, method: 0 }],
    ['ZIP-4: size too small', { unpacked: content.length - 1 }],
    ['ZIP-4: size a piece too small', { unpacked: content.length - 65_536 }],
    ['ZIP-4: size too big', { unpacked: content.length + 1 }],
    ['ZIP-4: bytes behind the stream', { data: Buffer.concat([stream, Buffer.alloc(9)]) }],
    ['ZIP-4: pieces behind the stream', { data: Buffer.concat([stream, Buffer.alloc(200_000)]) }],
    ['ZIP-9: deflate without an end', { data: stream.subarray(0, -2) }],
    ['ZIP-9: half of a stream', { data: stream.subarray(0, stream.length >> 1) }],
    ['ZIP-9: broken in the middle', { data: Buffer.from(stream).fill(255, 50_000, 50_100) }],
  ];
  const open = (zip: Uint8Array, options: ZipOptions) =>
    openNow(new ZipFops(new MemoryFops().set('/x.zip', zip), options), '/x.zip', '/x');

  test.each(wrong)(
    '%s: refused before it is opened, or before its last bytes',
    async (_name, of) => {
      const zip = makeZip([GOOD, { name: 'x', content, ...of }, { ...GOOD, name: 'last' }]);
      expect(await open(zip, {})).toMatchObject({ code: ENTRY });
      const file = await open(zip, { verifyBytes: 0 });
      if (!('fops' in file)) throw new Error(file.code);
      expect(await drain(file)).toBe(ENTRY);
      file.fops.close(file);
    },
  );

  test('is served when it is right, whenever it is checked', async () => {
    const zip = makeZip([{ name: 'x', content }]);
    for (const options of [{}, { verifyBytes: 0 }]) {
      const file = await open(zip, options);
      if (!('fops' in file)) throw new Error(file.code);
      expect(Buffer.compare((await drain(file)) as Uint8Array, content)).toBe(0);
      file.fops.close(file);
    }
  });
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
