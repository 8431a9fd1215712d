import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DiskFops } from '../src/index.ts';
import { descriptors, diskRoot } from './disk-root.ts';
import {
  fileOpsSuite,
  openFile,
  openNow,
  readSome,
  readText,
  SUITE_FILES,
} from './file-ops-suite.ts';

const suiteRoot = diskRoot(SUITE_FILES);
const sync = new DiskFops();
const pooled = new DiskFops({ syncBytes: 0 });

describe('the suite, reading at once', () => {
  fileOpsSuite(() => ({ fops: sync, root: suiteRoot, openFiles: descriptors }));
});
describe('the suite, reading on the thread pool', () => {
  fileOpsSuite(() => ({ fops: pooled, root: suiteRoot, openFiles: descriptors }));
});
describe('the suite, root with a trailing slash', () => {
  fileOpsSuite(() => ({ fops: sync, root: `${suiteRoot}/`, openFiles: descriptors }));
});

describe('DiskFops', () => {
  const base = diskRoot({ 'secret.txt': 'secret', 'www/a.txt': 'inside', 'www/d/b.txt': 'b' });
  const root = join(base, 'www');
  symlinkSync('a.txt', join(root, 'in.txt'));
  symlinkSync('../secret.txt', join(root, 'out.txt'));
  symlinkSync(join(base, 'secret.txt'), join(root, 'abs.txt'));
  symlinkSync('..', join(root, 'up'));
  symlinkSync('loop.txt', join(root, 'loop.txt'));
  symlinkSync('nowhere', join(root, 'dangling.txt'));
  symlinkSync(root, join(base, 'alias'));
  symlinkSync('/dev/zero', join(root, 'zero.txt'));
  mkdirSync(join(base, 'www-2'));
  writeFileSync(join(base, 'www-2', 'c.txt'), 'sibling');
  symlinkSync('../www-2', join(root, 'sibling'));
  linkSync(join(base, 'secret.txt'), join(root, 'hard.txt'));

  test.each([
    ['out.txt', 'LWS_ERR_VFS_OUTSIDE', 403],
    ['abs.txt', 'LWS_ERR_VFS_OUTSIDE', 403],
    ['up/secret.txt', 'LWS_ERR_VFS_OUTSIDE', 403],
    ['up', 'LWS_ERR_VFS_OUTSIDE', 403],
    ['sibling/c.txt', 'LWS_ERR_VFS_OUTSIDE', 403],
    ['loop.txt', 'LWS_ERR_VFS_ACCESS', 403],
    ['dangling.txt', 'LWS_ERR_VFS_NOT_FOUND', 404],
    ['zero.txt', 'LWS_ERR_VFS_NOT_REGULAR', 403],
  ])('%s is refused with %s', async (path, code, status) => {
    const before = descriptors();
    expect(await openNow(sync, root, path)).toMatchObject({ code, status });
    expect(descriptors()).toBe(before);
  });

  test.each([
    ['a link that stays inside', root, 'in.txt', 'inside'],
    ['a way out and in again', root, 'up/www/a.txt', 'inside'],
    ['a root that is itself a link', join(base, 'alias'), 'a.txt', 'inside'],
    ['a hard link: no path leads out', root, 'hard.txt', 'secret'],
    ['the root of the file system', '/', `${root.slice(1)}/a.txt`, 'inside'],
    ['no virtual path: the program names the file', join(root, 'out.txt'), '', 'secret'],
  ])('opens %s', async (_name, from, path, text) => {
    const file = await openFile(sync, from, path);
    expect(await readText(file, 64)).toBe(text);
    sync.close(file);
  });

  test('follow lets links lead out, and nothing else', async () => {
    const flags = { write: false, acceptGzip: false, follow: true };
    const opened = await openNow(sync, root, 'out.txt', flags);
    expect(opened).toMatchObject({ length: 6 });
    if ('fops' in opened) sync.close(opened);
    expect(await openNow(sync, root, '../secret.txt', flags)).toMatchObject({
      code: 'LWS_ERR_VFS_OUTSIDE',
    });
    expect(await openNow(sync, root, 'zero.txt', flags)).toMatchObject({
      code: 'LWS_ERR_VFS_NOT_REGULAR',
    });
  });

  test('a FIFO without a writer is refused, not waited for', async () => {
    execFileSync('mkfifo', [join(root, 'pipe.txt')]);
    expect(await openNow(sync, root, 'pipe.txt')).toMatchObject({
      code: 'LWS_ERR_VFS_NOT_REGULAR',
      status: 403,
    });
  });

  test('a socket is refused', async () => {
    const server = createServer();
    await new Promise<void>((listening) => {
      server.listen(join(root, 'sock.txt'), () => listening());
    });
    expect(await openNow(sync, root, 'sock.txt')).toMatchObject({
      code: 'LWS_ERR_VFS_NOT_REGULAR',
    });
    await new Promise((closed) => {
      server.close(closed);
    });
  });

  test('permissions: 403', async () => {
    writeFileSync(join(root, 'closed.txt'), 'x');
    chmodSync(join(root, 'closed.txt'), 0);
    // The superuser may read everything, so such a run becomes nobody for the one call.
    const superuser = process.geteuid?.() === 0;
    if (superuser) process.seteuid?.(65534);
    const opened = await openNow(sync, root, 'closed.txt').finally(() => {
      if (superuser) process.seteuid?.(0);
    });
    expect(opened).toMatchObject({ code: 'LWS_ERR_VFS_ACCESS', status: 403 });
  });

  test('modTime is that of the file, in ms', async () => {
    utimesSync(join(root, 'a.txt'), 1, 1_600_000_000.25);
    const file = await openFile(sync, root, 'a.txt');
    expect(file.modTime).toBe(1_600_000_000_250);
    sync.close(file);
  });

  test('an open file survives its replacement; a cut one ends early', async () => {
    writeFileSync(join(root, 'r.txt'), 'old old old');
    const file = await openFile(sync, root, 'r.txt');
    writeFileSync(join(root, 'n.txt'), 'new');
    renameSync(join(root, 'n.txt'), join(root, 'r.txt'));
    expect(await readText(file, 4)).toBe('old old old');
    sync.close(file);
    const cut = await openFile(sync, root, 'r.txt');
    truncateSync(join(root, 'r.txt'), 1);
    expect([cut.length, await readText(cut, 4)]).toEqual([3, 'n']);
    sync.close(cut);
    unlinkSync(join(root, 'r.txt'));
  });

  test.each([
    ['at once', sync],
    ['on the thread pool', pooled],
  ])('writes %s, neither creating nor cutting', async (_name, fops) => {
    const flags = { write: true, acceptGzip: false };
    writeFileSync(join(root, 'w.txt'), '0123456789');
    const file = await openNow(fops, root, 'w.txt', flags);
    if (!('fops' in file)) throw new Error(file.code);
    fops.seekCur(file, 3);
    const put = await new Promise((resolve) => {
      const now = fops.write(file, new TextEncoder().encode('abc'), resolve);
      if (now !== undefined) resolve(now);
    });
    expect([put, file.position]).toEqual([3, 6]);
    fops.close(file);
    expect(readFileSync(join(root, 'w.txt'), 'utf8')).toBe('012abc6789');
    expect(await openNow(fops, root, 'new.txt', flags)).toMatchObject({
      code: 'LWS_ERR_VFS_NOT_FOUND',
    });
    expect(await openNow(fops, root, 'd', flags)).toMatchObject({
      code: 'LWS_ERR_VFS_IS_DIRECTORY',
    });
  });

  test('syncBytes decides which reads answer at once', async () => {
    const fops = new DiskFops({ syncBytes: 4 });
    const file = await openFile(fops, root, 'a.txt');
    expect(fops.read(file, new Uint8Array(4), () => undefined)).toBe(4);
    const later = new Promise((done) => {
      expect(fops.read(file, new Uint8Array(5), done)).toBeUndefined();
    });
    expect(await later).toBe(2);
    fops.close(file);
    for (const syncBytes of [-1, 0.5, 2 ** 32])
      expect(() => new DiskFops({ syncBytes })).toThrow(
        expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
      );
  });

  test('one operation at a time; the descriptor waits for the read that is under way', async () => {
    const before = descriptors();
    const file = await openFile(pooled, root, 'a.txt');
    const into = new Uint8Array(8);
    const first = new Promise((done) => {
      expect(pooled.read(file, into, done)).toBeUndefined();
    });
    expect(pooled.read(file, new Uint8Array(1), () => undefined)).toMatchObject({
      code: 'LWS_ERR_VFS_BUSY',
    });
    pooled.close(file);
    expect(descriptors()).toBe(before === undefined ? undefined : before + 1);
    expect(await first).toMatchObject({ code: 'LWS_ERR_VFS_CLOSED' });
    expect(descriptors()).toBe(before);
    expect(await readSome(file, into)).toMatchObject({ code: 'LWS_ERR_VFS_CLOSED' });
  });
});

test('a listing leaves out what cannot be looked at', () => {
  const root = diskRoot({ 'a.txt': 'a' });
  symlinkSync('circle', join(root, 'circle'));
  symlinkSync('a.txt/b', join(root, 'below-a-file'));
  symlinkSync('nowhere', join(root, 'dangling'));
  symlinkSync('x'.repeat(300), join(root, 'too-long'));
  symlinkSync('a.txt', join(root, 'link'));
  const names = (follow: boolean): unknown => {
    const listed = new DiskFops().list(root, '', { write: false, acceptGzip: false, follow }, 10);
    return 'code' in listed ? listed.code : listed.map(({ name }) => name).sort();
  };
  expect(names(true)).toEqual(['a.txt', 'link']);
  expect(names(false)).toEqual(['a.txt']);
});
