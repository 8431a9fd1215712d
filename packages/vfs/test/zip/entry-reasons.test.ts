/** Why an entry, or an archive, is refused: the reason that the log and the error give. */
import { describe, expect, test } from 'vitest';
import { MemoryFops, ZipFops } from '../../src/index.ts';
import { openNow } from '../file-ops-suite.ts';
import { ENTRIES, GOOD, X } from './hostile-archives.ts';
import { type MadeEnd, type MadeEntry, makeZip } from './make-zip.ts';

async function messageOf(zip: Uint8Array, name = 'x'): Promise<string> {
  const fops = new ZipFops(new MemoryFops().set('/x.zip', zip));
  const opened = await openNow(fops, '/x.zip', `/${name}`);
  return 'fops' in opened ? 'served' : opened.message;
}

const LOCAL = 'its local header says something else';
const SIZES = 'its sizes contradict each other';

test.each(ENTRIES.filter(([name]) => name.startsWith('ZIP-5: local ')))(
  '%s',
  async (name, entry) => {
    const reason = name.includes('past the end') ? 'its data lies outside of the archive' : LOCAL;
    expect(await messageOf(makeZip([GOOD, entry, { ...GOOD, name: 'last' }]))).toContain(reason);
  },
);

test.each<[string, MadeEntry, string]>([
  ['stored, sizes differ', { ...X, method: 0, unpacked: 3 }, SIZES],
  ['more than deflate can pack', { ...X, unpacked: 25_000 }, SIZES],
  ['as much as deflate can pack', { ...X, unpacked: 15_000 }, 'its content is not what'],
  ['encrypted', { ...X, flags: 1 }, 'it is encrypted'],
  ['masked', { ...X, flags: 0x2000 }, 'it is encrypted'],
  ['a method', { ...X, method: 12 }, 'its compression method is neither stored nor deflated'],
  ['a link', { ...X, mode: 0o120777 }, 'it is a link or a device'],
  ['a directory that says it is none', { ...X, mode: 0o040755 }, 'it is a link or a device'],
  ['outside', { ...X, packed: 5000 }, 'its data lies outside of the archive'],
  ['an offset outside', { ...X, offset: 5000 }, 'its data lies outside of the archive'],
])('%s', async (_name, entry, reason) => {
  expect(await messageOf(makeZip([GOOD, entry]))).toContain(reason);
});

test('entries of one place: both', async () => {
  const overlapping = makeZip([X, { ...X, name: 'y', offset: 0 }, GOOD]);
  expect(await messageOf(overlapping, 'x')).toContain('it overlaps another entry');
  expect(await messageOf(overlapping, 'y')).toContain('it overlaps another entry');
  expect(await messageOf(overlapping, 'good.txt')).toBe('served');
});

describe('an archive', () => {
  test.each<[string, MadeEnd, string]>([
    ['more entries than there is room for', { count: 65_535 }, 'too short for its entries'],
    ['more entries, zip64', { zip64: { count: 9n } }, 'too short for its entries'],
    ['fewer entries', { count: 0 }, 'its directory holds more than its entries'],
    ['volumes', { startDisk: 1 }, 'it is one of several volumes'],
    ['zip64 volumes', { zip64: { startDisk: 1 } }, 'it is one of several volumes'],
    ['contradictions', { zip64: {}, count: 5 }, 'its two end records contradict each other'],
    [
      'zip64, a directory somewhere else',
      { zip64: { start: 9n }, start: 0xffff_ffff },
      'its directory is not where it says',
    ],
    ['zip64, behind something', { zip64: {}, prefix: Buffer.from('#!') }, 'zip64'],
  ])('%s', async (_name, end, reason) => {
    expect(await messageOf(makeZip([GOOD], end))).toContain(reason);
  });
});

/** As made, with the first two records of the directory in the other order. */
function swapped(zip: Uint8Array): Uint8Array {
  const view = new DataView(zip.buffer, zip.byteOffset);
  const start = view.getUint32(zip.length - 6, true);
  const records = [start, start + 47].map((at) => zip.slice(at, at + 47));
  const out = zip.slice();
  out.set(records[1] as Uint8Array, start);
  out.set(records[0] as Uint8Array, start + 47);
  return out;
}

describe('what looks odd and is right is served', () => {
  test.each<[string, Uint8Array]>([
    ['records in another order than data', swapped(makeZip([{ ...X, name: 'y' }, X, GOOD]))],
    ['flags that tell how well it was packed', makeZip([{ ...X, flags: 6, local: { flags: 2 } }])],
    [
      'sizes behind the data',
      makeZip([{ ...X, flags: 8, local: { crc: 0, packed: 0, unpacked: 0 } }]),
    ],
    ['local extra fields', makeZip([{ ...X, localExtra: new Uint8Array(99) }, GOOD])],
    [
      'numbers in the record of zip64 alone',
      makeZip([X], { zip64: {}, start: 0xffff_ffff, bytes: 0xffff_ffff }),
    ],
    ['no type in its mode', makeZip([{ ...X, mode: 0o644 }])],
  ])('%s', async (_name, zip) => {
    expect(await messageOf(zip)).toBe('served');
  });
});
