/** A long directory does not hold the loop: it is read some entries a turn. Turns are counted, not time. */
import { afterEach, expect, test, vi } from 'vitest';
import yauzl from 'yauzl';
import { MemoryFops, ZipFops } from '../../src/index.ts';
import { ZipIndex } from '../../src/zip/zip-index.ts';
import { openFile } from '../file-ops-suite.ts';
import { makeZip } from './make-zip.ts';

/** What is read in one turn of the loop at most. */
const MOST = 512;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Entries read in each turn of the loop until the archive is open, and in which turns its entries are compared. */
async function turnsOf(count: number): Promise<{ read: number[]; compared: number[] }> {
  const entries = Array.from({ length: count }, (_, at) => ({ name: `${at}`, method: 0 }));
  const fops = new ZipFops(new MemoryFops().set('/x.zip', makeZip(entries)));
  const read = [0];
  const compared: number[] = [];
  const readEntry = Reflect.get(yauzl.ZipFile.prototype, 'readEntry') as () => void;
  vi.spyOn(yauzl.ZipFile.prototype, 'readEntry').mockImplementation(function (this: yauzl.ZipFile) {
    read[read.length - 1] = (read.at(-1) ?? 0) + 1;
    readEntry.call(this);
  });
  const bound = Reflect.get(ZipIndex.prototype, 'bound') as () => void;
  vi.spyOn(ZipIndex.prototype, 'bound').mockImplementation(function (this: ZipIndex) {
    compared.push(read.length - 1);
    bound.call(this);
  });
  let open = false;
  const turn = (): void => {
    if (open) return;
    read.push(0);
    setImmediate(turn);
  };
  setImmediate(turn);
  const file = await openFile(fops, '/x.zip', '/0');
  open = true;
  file.fops.close(file);
  return { read, compared };
}

test.each([5000, 65_535])('of %i entries no turn reads more than 512', async (count) => {
  const { read, compared } = await turnsOf(count);
  expect(read.reduce((sum, entries) => sum + entries, 0)).toBe(count);
  expect(Math.max(...read)).toBe(MOST);
  // and what is done with all of them together has a turn to itself
  expect(compared).toHaveLength(1);
  expect(read[compared[0] ?? -1]).toBe(0);
});

test('a short one is read at once', async () => {
  const { read, compared } = await turnsOf(MOST - 1);
  expect([read, compared]).toEqual([[MOST - 1], [0]]);
});
