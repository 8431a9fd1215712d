import { describe, expect, test } from 'vitest';
import {
  DiskFops,
  FopsBase,
  MemoryFops,
  OverlayFops,
  vfsGetLength,
  vfsGetModTime,
  vfsTell,
  ZipFops,
} from '../src/index.ts';
import { openFile, openNow, readSome, readText } from './file-ops-suite.ts';

const READ = { write: false, acceptGzip: false };

test('a name that is set again: open files keep what they have; a name that is deleted is gone', async () => {
  const fops = new MemoryFops().set('/a/b.txt', 'old', { modTime: 5 });
  const file = await openFile(fops, '/a', '/b.txt');
  fops.set('/a/b.txt', 'newer');
  expect([vfsTell(file), vfsGetLength(file), vfsGetModTime(file)]).toEqual([0, 3, 5]);
  expect(await readText(file, 2)).toBe('old');
  expect([fops.delete('/a/b.txt'), fops.delete('/a/b.txt')]).toEqual([true, false]);
  expect(await openNow(fops, '/a', '')).toMatchObject({ code: 'LWS_ERR_VFS_NOT_FOUND' });
});

test('gzip is given to whoever takes it', async () => {
  const fops = new MemoryFops().set('/a.txt', 'text', { gzip: Uint8Array.of(1, 2, 3) });
  expect(await openNow(fops, '/', '/a.txt', READ)).toMatchObject({ length: 4, gzip: false });
  const gzip = { write: false, acceptGzip: true };
  expect(await openNow(fops, '/', '/a.txt', gzip)).toMatchObject({ length: 3, gzip: true });
});

test('write: true writes into it, and past its end', async () => {
  const fops = new MemoryFops().set('/a.txt', '0123');
  const file = await openNow(fops, '/', '/a.txt', { write: true, acceptGzip: false });
  if (!('fops' in file)) throw new Error(file.code);
  fops.seekCur(file, 2);
  expect(fops.write(file, new TextEncoder().encode('abcd'), () => undefined)).toBe(4);
  const again = await openFile(fops, '/', '/a.txt');
  expect(await readText(again, 9)).toBe('01abcd');
});

test.each(['', 'a', '/', '/a/'])('%j is no name of a file', (path) => {
  expect(() => new MemoryFops().set(path, '')).toThrow(
    expect.objectContaining({ code: 'LWS_ERR_VFS_NAME' }),
  );
});

test('an overlay: the topmost file is the one, a directory hides nothing, other roots are as they are', async () => {
  const files = new MemoryFops()
    .set('/low/a', 'low')
    .set('/low/b/c', 'below')
    .set('/low/d', 'file')
    .set('/top/a', 'top')
    .set('/top/b/x', 'x')
    .set('/top/d/e', 'e')
    .set('/mid/a', 'mid')
    .set('/mid/m', 'mid');
  const fops = new OverlayFops(files, { '/low': ['/top', '/mid'] });
  const read = async (root: string, path: string): Promise<string> => {
    const opened = await openNow(fops, root, path);
    if (!('fops' in opened)) return opened.code;
    const into = new Uint8Array(9);
    return new TextDecoder().decode(into.subarray(0, Number(await readSome(opened, into))));
  };
  expect(await read('/low', '/a')).toBe('top');
  expect(await read('/low', '/m')).toBe('mid');
  expect(await read('/low', '/b/c')).toBe('below');
  expect(await read('/low', '/b')).toBe('LWS_ERR_VFS_IS_DIRECTORY');
  expect(await read('/low', '/d')).toBe('file');
  expect(await read('/low', '/none')).toBe('LWS_ERR_VFS_NOT_FOUND');
  expect(await read('/low', '/../top/a')).toBe('LWS_ERR_VFS_OUTSIDE');
  expect(await read('/mid', '/a')).toBe('mid');
});

test('an overlay lists what all of them have, of one name the topmost file', () => {
  const files = new MemoryFops()
    .set('/low/a', 'low')
    .set('/low/b/c', 'below')
    .set('/low/d', 'file')
    .set('/top/a', 'topmost')
    .set('/top/b/x', 'x')
    .set('/top/d/e', 'e')
    .set('/top/new', 'new');
  const fops = new OverlayFops(files, { '/low': ['/none', '/top'] });
  const listed = (root: string, path: string, most = 99) => {
    const entries = fops.list(root, path, READ, most);
    return 'code' in entries
      ? entries.code
      : entries.map(({ name, length, directory }) => `${name} ${directory ? '/' : length}`).sort();
  };
  expect(listed('/low', '')).toEqual(['a 7', 'b /', 'd 4', 'new 3']);
  expect(listed('/low', '/b')).toEqual(['c 5', 'x 1']);
  expect(listed('/low', '', 2)).toHaveLength(2);
  expect(listed('/top', '/b')).toEqual(['x 1']);
  expect(listed('/low', '/none')).toBe('LWS_ERR_VFS_NOT_FOUND');
  expect(listed('/low', '/../top')).toBe('LWS_ERR_VFS_OUTSIDE');
});

describe('what is given in JavaScript', () => {
  const memory = new MemoryFops().set('/a.txt', 'text');
  const anything = (value: unknown) => value as never;
  const cases: readonly (readonly [string, string, () => unknown])[] = [
    // letter by letter these are the roots `/`, `e`, `t` and `c`
    ['a path for a list', 'OPTION', () => new OverlayFops(memory, anything({ '/low': '/etc' }))],
    ['a list of no paths', 'OPTION', () => new OverlayFops(memory, anything({ '/low': [5] }))],
    [
      'a Map of roots',
      'OPTION',
      () => new OverlayFops(memory, anything(new Map([['/a', ['/b']]]))),
    ],
    ['no roots', 'OPTION', () => new OverlayFops(memory, anything(null))],
    ['nothing below a layer', 'VFS_FOPS', () => new FopsBase('layer', anything(undefined))],
    ['nothing below archives', 'VFS_FOPS', () => new ZipFops(anything(undefined))],
    ['a Map of zip options', 'OPTION', () => new ZipFops(memory, anything(new Map()))],
    ['a Map of disk options', 'OPTION', () => new DiskFops(anything(new Map([['syncBytes', 0]])))],
    ['null for disk options', 'OPTION', () => new DiskFops(anything(null))],
    ['no name', 'VFS_NAME', () => new MemoryFops().set(anything(undefined), '')],
    ['no content', 'OPTION', () => new MemoryFops().set('/a', anything(undefined))],
    ['a number', 'OPTION', () => new MemoryFops().set('/a', anything(5))],
    ['an ArrayBuffer', 'OPTION', () => new MemoryFops().set('/a', anything(new ArrayBuffer(1)))],
    ['no facts', 'OPTION', () => new MemoryFops().set('/a', '', anything(null))],
    ['a Map of facts', 'OPTION', () => new MemoryFops().set('/a', '', anything(new Map()))],
    [
      'a fact that is none',
      'OPTION_UNKNOWN',
      () => new MemoryFops().set('/a', '', anything({ modtime: 1 })),
    ],
    ['gzip as text', 'OPTION', () => new MemoryFops().set('/a', '', anything({ gzip: 'x' }))],
    ['no time', 'OPTION', () => new MemoryFops().set('/a', '', { modTime: Number.NaN })],
  ];
  test.each(cases)('%s is refused when it is given', (_name, what, call) => {
    expect(call).toThrow(expect.objectContaining({ code: `LWS_ERR_${what}` }));
  });
});
