/** Archives that others made, Info-ZIP and Python: every file reads back, from any place, whole and in parts. */
import { gunzipSync } from 'node:zlib';
import type { FopsFile } from '@lws-ts/interface';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DiskFops, vfsFileSeekSet, ZipFops } from '../../src/index.ts';
import { openNow, readSome } from '../file-ops-suite.ts';
import { archivers, type Tree, trees, withArchive } from './archivers.ts';

describe.each(archivers)('%s', (_name, there, make) => {
  test.skipIf(!there)(
    'any tree reads back (skipped where the Debian packages zip and python3 are missing)',
    async () => {
      expect.hasAssertions();
      const depth = Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);
      await fc.assert(
        fc.asyncProperty(trees, fc.nat(), fc.nat(), async (files, from, bytes) => {
          await withArchive(make, files, (zip) => compare(zip, files, from, bytes));
        }),
        { numRuns: Math.ceil(4 * depth) },
      );
    },
    3_600_000,
  );
});

async function compare(zip: string, files: Tree, from: number, bytes: number): Promise<void> {
  const fops = new ZipFops(new DiskFops());
  for (const [file, data] of Object.entries(files))
    for (const acceptGzip of [false, true]) {
      const opened = await openNow(fops, zip, `/${file}`, { write: false, acceptGzip });
      if (!('fops' in opened)) throw new Error(`${file}: ${opened.code}`);
      const whole = await readRange(opened, 0, opened.length);
      const plain = opened.gzip ? gunzipSync(whole) : whole;
      expect(Buffer.compare(plain, data)).toBe(0);
      const start = from % (opened.length + 1);
      const end = start + (bytes % (opened.length - start + 1));
      const part = await readRange(opened, start, end);
      expect(Buffer.compare(part, whole.subarray(start, end))).toBe(0);
      opened.fops.close(opened);
    }
}

async function readRange(file: FopsFile, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  vfsFileSeekSet(file, start);
  for (let at = 0; at < bytes.length; ) {
    const got = await readSome(file, bytes.subarray(at));
    if (typeof got !== 'number' || got === 0) throw new Error(String(got));
    at += got;
  }
  return bytes;
}
