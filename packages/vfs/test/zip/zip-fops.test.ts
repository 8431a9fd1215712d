import { randomBytes } from 'node:crypto';
import { rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { CodedError, FileOps } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import {
  DiskFops,
  FopsBase,
  MemoryFops,
  OverlayFops,
  vfsErrors,
  vfsFileSeekSet,
  ZipFops,
} from '../../src/index.ts';
import { descriptors, diskRoot } from '../disk-root.ts';
import {
  fileOpsSuite,
  openFile,
  openNow,
  readSome,
  readText,
  SUITE_FILES,
} from '../file-ops-suite.ts';
import { type MadeEntry, makeZip } from './make-zip.ts';

const READ = { write: false, acceptGzip: false };
const GZIP = { write: false, acceptGzip: true };
const suiteEntries = (method: number): MadeEntry[] =>
  Object.entries(SUITE_FILES).map(([name, content]) => ({ name, content, method }));

const base = diskRoot({
  'real.zip/in.txt': 'a directory',
  'plain.txt': 'plain',
  ...prefixed('lower'),
});
function prefixed(root: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(SUITE_FILES).map(([name, text]) => [`${root}/${name}`, text]),
  );
}
function put(name: string, zip: Uint8Array): string {
  const path = join(base, name);
  writeFileSync(path, zip);
  return path;
}
const big = new Uint8Array(3_000_000).map((_, at) => (at * at) >> 7);

describe.each([
  ['stored', 0],
  ['deflated', 8],
])('the suite, %s', (name, method) => {
  const root = put(`suite-${name}.zip`, makeZip(suiteEntries(method)));
  const later = new ZipFops(new DiskFops({ syncBytes: 0 }));
  const fops = new ZipFops(new DiskFops());
  describe('reading at once', () => {
    fileOpsSuite(() => ({ fops, root, openFiles: descriptors }));
  });
  describe('reading on the thread pool', () => {
    fileOpsSuite(() => ({ fops: later, root, openFiles: descriptors }));
  });
  describe('below a subclass', () => {
    const subclass = new FopsBase('mine', fops);
    fileOpsSuite(() => ({ fops: subclass, root, openFiles: descriptors }));
  });
  describe('in an archive', () => {
    const outer = makeZip([{ name: 'inner.zip', content: makeZip(suiteEntries(8)), method }]);
    const nested = join(put(`outer-${name}.zip`, outer), 'inner.zip');
    fileOpsSuite(() => ({
      fops,
      root: nested,
      openFiles: method === 8 ? () => undefined : descriptors,
    }));
  });
});

describe('the suite, in memory', () => {
  const fops = new MemoryFops();
  for (const [name, text] of Object.entries(SUITE_FILES)) fops.set(`/m/${name}`, text);
  fileOpsSuite(() => ({ fops, root: '/m', openFiles: () => undefined }));
});

describe('the suite, overlaid', () => {
  const root = join(base, 'lower');
  const fops = new OverlayFops(new DiskFops(), { [root]: [join(base, 'none')] });
  fileOpsSuite(() => ({ fops, root, openFiles: descriptors }));
});

describe('ZipFops', () => {
  const fops = new ZipFops(new DiskFops());
  const zip = put(
    'site.zip',
    makeZip([
      { name: 'a.txt', content: 'deflated '.repeat(50) },
      { name: 'b.txt', content: 'stored', method: 0 },
      { name: 'dir/', content: '', method: 0, mode: 0o040755 },
      { name: 'dir/ü.txt', content: 'umlaut' },
      { name: 'big.bin', content: big },
      { name: 'time.txt', content: 'x', dosTime: 0 },
    ]),
  );

  test.each([
    ['the archive is the root', zip, '/a.txt', 'deflated '.repeat(50)],
    ['a directory of it is the root', `${zip}/dir`, '/ü.txt', 'umlaut'],
    ['the program names the entry', `${zip}/b.txt`, '', 'stored'],
    ['the archive lies below the root', base, '/site.zip/b.txt', 'stored'],
    ['a real directory is one', base, '/real.zip/in.txt', 'a directory'],
    ['a real directory as the root', join(base, 'real.zip'), '/in.txt', 'a directory'],
    ['no archive at all', base, '/plain.txt', 'plain'],
  ])('%s', async (_name, root, path, text) => {
    const file = await openFile(fops, root, path);
    expect(await readText(file, 100)).toBe(text);
    file.fops.close(file);
  });

  test('an archive that a peer asks for itself is a file, that the program names a directory', async () => {
    const file = await openFile(fops, base, '/site.zip');
    expect(file.virtual).toBe(false);
    file.fops.close(file);
    expect(await openNow(fops, zip, '')).toMatchObject({ code: 'LWS_ERR_VFS_IS_DIRECTORY' });
    expect(await openNow(fops, join(base, 'no.zip'), '')).toMatchObject({
      code: 'LWS_ERR_VFS_NOT_FOUND',
    });
  });

  test('times are read as UTC, and are unknown where there is no such day', async () => {
    const file = await openFile(fops, zip, '/a.txt');
    expect(file.modTime).toBe(Date.UTC(2020, 1, 3, 4, 5, 6));
    expect([file.virtual, file.contentTag !== undefined]).toEqual([true, true]);
    file.fops.close(file);
    const none = await openFile(fops, zip, '/time.txt');
    expect(none.modTime).toBeUndefined();
    none.fops.close(none);
  });

  test.each([1, 7, 4096, 400_000])('gzip goes out as it is, in pieces of %i', async (piece) => {
    for (const [path, text] of [
      ['/a.txt', Buffer.from('deflated '.repeat(50))],
      ['/big.bin', Buffer.from(big)],
    ] as const) {
      if (path === '/big.bin' && piece < 4096) continue;
      const file = await openNow(fops, zip, path, GZIP);
      if (!('fops' in file)) throw new Error(file.code);
      const bytes = new Uint8Array(file.length);
      for (let at = 0; at < bytes.length; ) {
        const got = await readSome(file, bytes.subarray(at, at + piece));
        if (typeof got !== 'number' || got === 0) throw new Error(String(got));
        at += got;
      }
      expect([file.gzip, gunzipSync(bytes).equals(text)]).toEqual([true, true]);
      file.fops.close(file);
    }
  });

  test('a stored entry is not gzip, whoever takes it', async () => {
    const file = await openNow(fops, zip, '/b.txt', GZIP);
    expect(file).toMatchObject({ gzip: false, length: 6 });
    if ('fops' in file) file.fops.close(file);
  });

  test('a large entry is read from any place, forwards and back', async () => {
    const file = await openFile(fops, zip, '/big.bin');
    const into = new Uint8Array(1000);
    for (const at of [0, 2_900_000, 100, 1_000_000, 999_500, 2_999_000]) {
      vfsFileSeekSet(file, at);
      for (let filled = 0; filled < into.length; ) {
        const got = await readSome(file, into.subarray(filled));
        if (typeof got !== 'number' || got === 0) throw new Error(String(got));
        filled += got;
      }
      expect(Buffer.from(into).equals(big.subarray(at, at + 1000))).toBe(true);
    }
    file.fops.close(file);
  });

  test('an archive that is replaced: open files stay with the old one, the next open sees the new', async () => {
    const path = put('swap.zip', makeZip([{ name: 'a', content: 'old', method: 0 }]));
    const old = await openFile(fops, path, '/a');
    rmSync(path);
    put('swap.zip', makeZip([{ name: 'a', content: 'newer', method: 0 }]));
    expect(await readText(old, 10)).toBe('old');
    old.fops.close(old);
    const file = await openFile(fops, path, '/a');
    expect(await readText(file, 10)).toBe('newer');
    file.fops.close(file);
  });

  test('an archive on a disk is read again, even with its old time and length', async () => {
    for (const name of ['a', 'b']) {
      const path = put('same.zip', one(name));
      utimesSync(path, 1, 1);
      const file = await openFile(fops, path, `/${name}`);
      expect(await readText(file, 9)).toBe(name);
      file.fops.close(file);
      // a change time has a grain
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
  });

  const one = (name: string): Uint8Array => makeZip([{ name, content: name, method: 0 }]);
  const outer = (name: string): Uint8Array =>
    makeZip([{ name: 'i.zip', content: one(name), method: 0 }]);
  test.each<[string, (name: string) => Uint8Array, string, number, string]>([
    ['length', one, 'bb', 1, '/x.zip'],
    ['time', one, 'b', 2, '/x.zip'],
    ['checksum, in another', outer, 'b', 2, '/x.zip/i.zip'],
  ])(
    'an archive is read again when nothing but its %s is another',
    async (_what, make, name, modTime, root) => {
      const memory = new MemoryFops().set('/x.zip', make('a'), { modTime: 1 });
      const zips = new ZipFops(memory);
      await openFile(zips, root, '/a');
      memory.set('/x.zip', make(name), { modTime });
      expect(await readText(await openFile(zips, root, `/${name}`), 9)).toBe(name);
      expect(await openNow(zips, root, '/a')).toMatchObject({ code: 'LWS_ERR_VFS_NOT_FOUND' });
    },
  );

  test('an archive is read once, by however many at the same time', async () => {
    let bytes = 0;
    class Counting extends FopsBase {
      override read(
        ...[file, into, done]: Parameters<FopsBase['read']>
      ): ReturnType<FopsBase['read']> {
        bytes += into.length;
        return super.read(file, into, done);
      }
    }
    const names = Array.from({ length: 3000 }, (_, at) => ({ name: `${at}`, method: 0 }));
    const many = put('many.zip', makeZip(names));
    const later = () => new ZipFops(new Counting('counting', new DiskFops({ syncBytes: 0 })));
    const alone = later();
    await openFile(alone, many, '/7');
    const once = bytes;
    bytes = 0;
    const zips = later();
    await Promise.all(Array.from({ length: 20 }, () => openFile(zips, many, '/7')));
    expect(bytes).toBeLessThan(1.5 * once);
    bytes = 0;
    await openFile(zips, many, '/7');
    expect(bytes).toBe(0);
  });

  test('what could not be read is no verdict on the archive, what is none is not read again', async () => {
    let broken = true;
    let reads = 0;
    class Flaky extends FopsBase {
      override read(
        ...[file, into, done]: Parameters<FopsBase['read']>
      ): ReturnType<FopsBase['read']> {
        reads += 1;
        return broken ? vfsErrors.LWS_ERR_VFS_IO : super.read(file, into, done);
      }
    }
    const memory = new MemoryFops().set('/x.zip', one('a')).set('/bad.zip', 'no archive at all');
    const zips = new ZipFops(new Flaky('flaky', memory));
    expect(await openNow(zips, '/x.zip', '/a')).toMatchObject({ code: 'LWS_ERR_VFS_IO' });
    broken = false;
    expect(await readText(await openFile(zips, '/x.zip', '/a'), 9)).toBe('a');
    for (const most of [100, 0]) {
      reads = 0;
      expect(await openNow(zips, '/bad.zip', '/a')).toMatchObject({ code: 'LWS_ERR_VFS_ZIP' });
      expect(reads).toBeLessThanOrEqual(most);
    }
  });

  test.each([
    ['stored', 0, false],
    ['inflated', 8, false],
    ['passed on as gzip', 8, true],
  ])(
    'an archive that becomes shorter under an open file, %s: an error, never an end',
    async (how, method, acceptGzip) => {
      const noise = new Uint8Array(randomBytes(3_000_000));
      const path = put(`cut-${method}.zip`, makeZip([{ name: 'a', content: noise, method }]));
      const before = descriptors();
      const opened = await openNow(fops, path, '/a', { write: false, acceptGzip });
      if (!('fops' in opened)) throw new Error(opened.code);
      expect(opened.gzip, how).toBe(acceptGzip);
      expect(await readSome(opened, new Uint8Array(1000))).toBeGreaterThan(0);
      truncateSync(path, 300_000);
      let got: Awaited<ReturnType<typeof readSome>> = 1;
      let sum = 0;
      for (let reads = 0; reads < 10_000 && typeof got === 'number' && got > 0; reads++) {
        got = await readSome(opened, new Uint8Array(16_384));
        if (typeof got === 'number') sum += got;
      }
      expect(got).toMatchObject({ code: 'LWS_ERR_VFS_ZIP_CHANGED' });
      // nothing that the archive did not have any longer
      expect(1000 + sum).toBeLessThan(how === 'inflated' ? opened.length : 300_000);
      opened.fops.close(opened);
      expect(descriptors()).toBe(before);
      // what comes later is refused too
      expect(await openNow(fops, path, '/a')).toHaveProperty('code');
    },
  );

  test('directories that are in the names alone, however these begin', async () => {
    const names = ['a/b/x', 'a/bc/y', 'a/b/c/z', 'ab/x', 'a/b/x2', 'b'];
    const memory = new MemoryFops().set('/x.zip', makeZip(names.map((name) => ({ name }))));
    for (const path of ['/a', '/a/b', '/a/bc', '/a/b/c', '/ab', '/'])
      expect(await openNow(new ZipFops(memory), '/x.zip', path)).toMatchObject({
        code: 'LWS_ERR_VFS_IS_DIRECTORY',
      });
    for (const path of ['/a/c', '/bc', '/b/x'])
      expect(await openNow(new ZipFops(memory), '/x.zip', path)).toMatchObject({
        code: 'LWS_ERR_VFS_NOT_FOUND',
      });
  });

  test('archives in archives: four levels, and no fifth', async () => {
    const nest = (levels: number): Uint8Array =>
      levels === 0
        ? makeZip([{ name: 'x', content: 'deep' }])
        : makeZip([{ name: 'i.zip', content: nest(levels - 1), method: levels % 2 === 0 ? 0 : 8 }]);
    const memory = new MemoryFops().set('/o.zip', nest(4));
    const zips = new ZipFops(memory);
    const path = '/i.zip/i.zip/i.zip';
    expect(await openNow(zips, '/o.zip', path)).toHaveProperty('fops');
    expect(await openNow(zips, '/o.zip', `${path}/i.zip/x`)).toMatchObject({
      code: 'LWS_ERR_VFS_NOT_FOUND',
    });
    memory.set('/p.zip', nest(3));
    const file = await openFile(zips, '/p.zip', `${path}/x`);
    expect(await readText(file, 9)).toBe('deep');
  });

  test('a file that is called .zip is no archive; nothing is written into one', async () => {
    put('.zip', Buffer.from('a dot file'));
    const file = await openFile(fops, base, '/.zip');
    expect(await readText(file, 99)).toBe('a dot file');
    file.fops.close(file);
    expect(await openNow(fops, base, '/.zip/x')).toMatchObject({ code: 'LWS_ERR_VFS_NOT_FOUND' });
    expect(await openNow(fops, zip, '/a.txt', { write: true, acceptGzip: false })).toMatchObject({
      code: 'LWS_ERR_VFS_ACCESS',
    });
  });

  test('an archive behind a link is reached where links are followed', async () => {
    const away = diskRoot({});
    writeFileSync(join(away, 's.zip'), makeZip([{ name: 'a', content: 'away' }]));
    symlinkSync(away, join(base, 'away'));
    expect(await openNow(fops, base, '/away/s.zip/a')).toMatchObject({
      code: 'LWS_ERR_VFS_OUTSIDE',
    });
    const file = await openNow(fops, base, '/away/s.zip/a', { ...READ, follow: true });
    if (!('fops' in file)) throw new Error(file.code);
    expect(await readText(file, 9)).toBe('away');
    file.fops.close(file);
  });

  test('checkRoot tells of an archive that cannot be read, and of what next says', () => {
    class Refusing extends FopsBase {
      override checkRoot(path: string): CodedError | undefined {
        return path === '/refused' ? vfsErrors.LWS_ERR_VFS_ACCESS : undefined;
      }
    }
    const memory = new MemoryFops().set('/bad.zip', 'none').set('/x.zip', makeZip([]));
    const zips = new ZipFops(new Refusing('refusing', memory));
    expect(
      ['/bad.zip', '/x.zip', '/none.zip', '/refused'].map((at) => zips.checkRoot(at)?.code),
    ).toEqual(['LWS_ERR_VFS_ZIP', undefined, undefined, 'LWS_ERR_VFS_ACCESS']);
  });

  test('directories of archives are listed, refused entries are not in them', async () => {
    const listed = (root: string, path: string, of: FileOps = fops) => {
      const entries = of.list?.(root, path, READ, 99) ?? [];
      return 'code' in entries ? entries.code : entries.map(({ name }) => name).sort();
    };
    const before = descriptors();
    const odd = put(
      'odd.zip',
      makeZip([
        { name: 'd/link', content: 'x', mode: 0o120777 },
        { name: 'd/a', content: 'x' },
        { name: 'd/e/', content: '', method: 0, mode: 0o040755 },
        { name: 'i.zip', content: makeZip([{ name: 'in/x', content: 'x' }]) },
      ]),
    );
    expect(listed(odd, '')).toEqual(['d', 'i.zip']);
    expect(listed(`${odd}/d`, '')).toEqual(['a', 'e']);
    expect(listed(base, '/odd.zip/d')).toEqual(['a', 'e']);
    expect(listed(odd, '/i.zip')).toEqual(['in']);
    expect(listed(base, '/odd.zip/i.zip/in/')).toEqual(['x']);
    expect(listed(base, '/real.zip')).toEqual(['in.txt']);
    expect(listed(join(base, 'real.zip'), '')).toEqual(['in.txt']);
    expect(listed(base, '')).toEqual(expect.arrayContaining(['odd.zip', 'real.zip', 'plain.txt']));
    put('bad.zip', new Uint8Array(100));
    expect(listed(base, '/bad.zip')).toBe('LWS_ERR_VFS_NOT_FOUND');
    expect(fops.list(zip, '/dir', READ, 9)).toEqual([
      { name: 'ü.txt', directory: false, length: 6, modTime: Date.UTC(2020, 1, 3, 4, 5, 6) },
    ]);
    // What has to be waited for has no list.
    expect(listed(odd, '', new ZipFops(new DiskFops({ syncBytes: 0 })))).toBe(
      'LWS_ERR_VFS_NOT_FOUND',
    );
    await expect.poll(descriptors).toBe(before);
  });

  test('nothing is open after refusals of all kinds', async () => {
    const before = descriptors();
    const outer = put('o.zip', makeZip([{ name: 'i.zip', content: 'no zip', method: 0 }]));
    put('bad.zip', new Uint8Array(100));
    for (const path of ['/none', '/dir', '/a.txt/x', '/none.zip/x']) await openNow(fops, zip, path);
    await openNow(fops, outer, '/i.zip/x');
    await openNow(fops, base, '/bad.zip/x');
    await openNow(fops, zip, '/a.txt', { write: true, acceptGzip: false });
    expect(descriptors()).toBe(before);
  });
});
