import { closeSync, openSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { liesInside, locateByIdentity, locateOpened } from '../src/confinement.ts';
import { DiskFops } from '../src/index.ts';
import { descriptors, diskRoot } from './disk-root.ts';
import { openNow, readText } from './file-ops-suite.ts';

const base = diskRoot({ 'out/f.txt': 'SECRET', 'root/dir/f.txt': 'public', 'rooted/f.txt': 'x' });
const root = join(base, 'root');
symlinkSync('../out', join(root, 'link'));

describe.each([
  ['by the kernel', locateOpened],
  ['by identity', locateByIdentity],
])('located %s', (_name, locate) => {
  test.each([
    ['root/dir/f.txt', true],
    ['root/link/f.txt', false],
    ['out/f.txt', false],
    ['rooted/f.txt', false],
    ['root', true],
  ])('%s inside: %s', (path, inside) => {
    const fd = openSync(join(base, path), 'r');
    expect(liesInside(fd, join(base, path), root, locate)).toBe(inside);
    closeSync(fd);
  });

  test('a path that was swapped after opening does not vouch for the descriptor', () => {
    const path = join(root, 'swap.txt');
    symlinkSync('../out/f.txt', path);
    const fd = openSync(path, 'r');
    unlinkSync(path);
    symlinkSync('dir/f.txt', path);
    expect(liesInside(fd, path, root, locate)).toBe(false);
    closeSync(fd);
    unlinkSync(path);
  });
});

test('swapping a directory for a link, over and over, never gives the file outside', async () => {
  const fops = new DiskFops();
  const real = join(root, 'dir');
  const aside = join(root, 'dir-aside');
  const before = descriptors();
  const seen = new Map<string, number>();
  // Every state a racing process could leave between two opens.
  for (let round = 0; round < 500; round++) {
    if (round % 2 === 0) {
      renameSync(real, aside);
      symlinkSync('../out', real);
    } else {
      unlinkSync(real);
      renameSync(aside, real);
    }
    const opened = await openNow(fops, root, 'dir/f.txt');
    const outcome = 'fops' in opened ? await readText(opened, 64) : opened.code;
    if ('fops' in opened) fops.close(opened);
    seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
  }
  expect(Object.fromEntries(seen)).toEqual({ public: 250, LWS_ERR_VFS_OUTSIDE: 250 });
  expect(descriptors()).toBe(before);
});
