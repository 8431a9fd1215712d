/** Archives that others made, Info-ZIP and Python: every file reads back, from any place, whole and in parts. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { FopsFile } from '@lws-ts/interface';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DiskFops, vfsFileSeekSet, ZipFops } from '../../src/index.ts';
import { openNow, readSome } from '../file-ops-suite.ts';

const PYTHON = `
import os, sys, zipfile
target, root, method = sys.argv[1:]
with zipfile.ZipFile(target, 'w', getattr(zipfile, method)) as archive:
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            archive.write(path, os.path.relpath(path, root))
`;

function has(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const python =
  (method: string) =>
  (target: string, root: string): void => {
    execFileSync('python3', ['-c', PYTHON, target, root, method]);
  };
const infoZip =
  (...flags: string[]) =>
  (target: string, root: string): void => {
    execFileSync('zip', ['-q', '-r', ...flags, target, '.'], {
      cwd: root,
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
  };
const hasZip = has('zip', '-v');
const hasPython = has('python3', '-c', 'import zipfile');

const name = fc.stringMatching(/^[a-z0-9äé日_-]{1,12}$/).filter((one) => !one.startsWith('-'));
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => `${parts.join('/')}.f`);
const content = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 40_000 }))
    .map(([piece, times]) => new Uint8Array(Buffer.alloc(piece.length * times, piece))),
);
const tree = fc.dictionary(path, content, { minKeys: 1, maxKeys: 6 });

describe.each([
  ['Info-ZIP, deflated', hasZip, infoZip()],
  ['Info-ZIP, names without UTF-8', hasZip, infoZip('-UN=n')],
  ['Info-ZIP, best', hasZip, infoZip('-9')],
  ['Info-ZIP, stored', hasZip, infoZip('-0')],
  ['Info-ZIP, no extra fields', hasZip, infoZip('-X')],
  ['Info-ZIP, zip64', hasZip, infoZip('-fz')],
  ['Python, deflated', hasPython, python('ZIP_DEFLATED')],
  ['Python, stored', hasPython, python('ZIP_STORED')],
])('%s', (_name, there, make) => {
  test.skipIf(!there)(
    'any tree reads back (skipped where the Debian packages zip and python3 are missing)',
    async () => {
      expect.hasAssertions();
      const depth = Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);
      await fc.assert(
        fc.asyncProperty(tree, fc.nat(), fc.nat(), async (files, from, bytes) => {
          const base = mkdtempSync(join(tmpdir(), 'lws-zip-tree-'));
          try {
            for (const [file, data] of Object.entries(files)) {
              mkdirSync(dirname(join(base, 'tree', file)), { recursive: true });
              writeFileSync(join(base, 'tree', file), data);
            }
            make(join(base, 'made.zip'), join(base, 'tree'));
            await compare(join(base, 'made.zip'), files, from, bytes);
          } finally {
            rmSync(base, { recursive: true });
          }
        }),
        { numRuns: Math.ceil(6 * depth) },
      );
    },
    3_600_000,
  );
});

async function compare(
  zip: string,
  files: Readonly<Record<string, Uint8Array>>,
  from: number,
  bytes: number,
): Promise<void> {
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
