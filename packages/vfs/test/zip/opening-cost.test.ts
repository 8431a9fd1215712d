import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import yauzl from 'yauzl';
import { DiskFops, ZipFops } from '../../src/index.ts';
import { diskRoot } from '../disk-root.ts';
import { openFile } from '../file-ops-suite.ts';
import { makeZip } from './make-zip.ts';

function entryLoop(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    yauzl.open(path, { lazyEntries: true }, (error, zip) => {
      if (error !== null) {
        reject(error);
        return;
      }
      zip.on('entry', () => zip.readEntry());
      zip.on('end', resolve);
      zip.readEntry();
    });
  });
}

// What it really costs, `npm run --prefix bench zip` measures; this would notice a mistake of an order.
test('opening an archive of 10,000 entries takes at most three times the entry loop of yauzl', async () => {
  const path = join(diskRoot({}), 'many.zip');
  const entries = Array.from({ length: 10_000 }, (_, at) => ({
    name: `d${at % 50}/${at}`,
    method: 0,
  }));
  writeFileSync(path, makeZip(entries));
  let ours = Infinity;
  let theirs = Infinity;
  for (let round = 0; round < 3; round++) {
    let start = performance.now();
    const file = await openFile(new ZipFops(new DiskFops()), path, '/d0/0');
    ours = Math.min(ours, performance.now() - start);
    file.fops.close(file);
    start = performance.now();
    await entryLoop(path);
    theirs = Math.min(theirs, performance.now() - start);
  }
  expect(ours).toBeLessThan(3 * theirs);
});
