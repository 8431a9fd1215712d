/**
 * What every implementation of `FileOps` must do, whatever its files lie on. A suite run gets a root that
 * holds `hello.txt` ("Hello, world"), `empty.txt` and `sub/deep.txt` ("deep"), all made before.
 */
import type { CodedError, FileOps, FopsFile, FopsFlags } from '@lws-ts/interface';
import { expect, test } from 'vitest';
import { vfsFileSeekEnd, vfsFileSeekSet } from '../src/index.ts';

export interface FileOpsUnderTest {
  readonly fops: FileOps;
  /** The `path` to give to `open`. */
  readonly root: string;
  /** How many files are open below the operations; undefined where that cannot be counted. */
  readonly openFiles: () => number | undefined;
}

export const SUITE_FILES = {
  'hello.txt': 'Hello, world',
  'empty.txt': '',
  'sub/deep.txt': 'deep',
} as const;

const READ: FopsFlags = { write: false, acceptGzip: false };

export function openNow(fops: FileOps, root: string, path: string, flags = READ): Promise<Opened> {
  return new Promise((resolve) => {
    let calls = 0;
    fops.open(root, path, flags, (opened) => {
      calls += 1;
      expect(calls).toBe(1);
      resolve(opened);
    });
  });
}

type Opened = FopsFile | CodedError;

export async function openFile(fops: FileOps, root: string, path: string): Promise<FopsFile> {
  const opened = await openNow(fops, root, path);
  if ('fops' in opened) return opened;
  throw new Error(`${path}: ${opened.code}`);
}

export function readSome(file: FopsFile, into: Uint8Array): Promise<number | CodedError> {
  return new Promise((resolve) => {
    const got = file.fops.read(file, into, resolve);
    if (got !== undefined) resolve(got);
  });
}

export async function readText(file: FopsFile, piece: number): Promise<string> {
  const bytes: number[] = [];
  for (;;) {
    const into = new Uint8Array(piece);
    const got = await readSome(file, into);
    if (typeof got !== 'number') throw new Error(got.code);
    if (got === 0) return new TextDecoder().decode(new Uint8Array(bytes));
    bytes.push(...into.subarray(0, got));
  }
}

export function fileOpsSuite(make: () => FileOpsUnderTest): void {
  test('opens a file at its begin and knows its length', async () => {
    const { fops, root } = make();
    const file = await openFile(fops, root, '/hello.txt');
    expect([file.length, file.position, file.gzip]).toEqual([12, 0, false]);
    expect(file.modTime === undefined || file.modTime > 0).toBe(true);
    expect(file.fops).toBe(fops);
    file.fops.close(file);
  });

  test.each([1, 2, 3, 64])('reads to the end in pieces of %i', async (piece) => {
    const { fops, root } = make();
    const file = await openFile(fops, root, '/hello.txt');
    expect(await readText(file, piece)).toBe('Hello, world');
    expect(file.position).toBe(12);
    file.fops.close(file);
  });

  test.each([
    ['/empty.txt', ''],
    ['sub/deep.txt', 'deep'],
    ['/sub/deep.txt', 'deep'],
  ])('reads %s', async (path, text) => {
    const { fops, root } = make();
    const file = await openFile(fops, root, path);
    expect(await readText(file, 7)).toBe(text);
    file.fops.close(file);
  });

  test('seeks within the file and no further', async () => {
    const { fops, root } = make();
    const file = await openFile(fops, root, '/hello.txt');
    expect(fops.seekCur(file, 7)).toBe(7);
    expect(await readText(file, 64)).toBe('world');
    expect(fops.seekCur(file, -100)).toBe(0);
    expect(fops.seekCur(file, 100)).toBe(12);
    expect(vfsFileSeekSet(file, 7)).toBe(7);
    expect(await readText(file, 64)).toBe('world');
    expect(vfsFileSeekSet(file, 99)).toBe(12);
    expect(vfsFileSeekEnd(file, -5)).toBe(7);
    expect(await readText(file, 64)).toBe('world');
    expect(vfsFileSeekEnd(file, 0)).toBe(12);
    expect(vfsFileSeekEnd(file, 1)).toBe(12);
    expect(() => fops.seekCur(file, 0.5)).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_VFS_SEEK' }),
    );
    file.fops.close(file);
  });

  test('two files of one name have positions of their own', async () => {
    const { fops, root } = make();
    const one = await openFile(fops, root, '/hello.txt');
    const two = await openFile(fops, root, '/hello.txt');
    await readSome(one, new Uint8Array(5));
    expect([one.position, two.position]).toEqual([5, 0]);
    expect(await readText(two, 64)).toBe('Hello, world');
    one.fops.close(one);
    two.fops.close(two);
  });

  test.each([
    ['/none.txt', 'LWS_ERR_VFS_NOT_FOUND', 404],
    ['/none/hello.txt', 'LWS_ERR_VFS_NOT_FOUND', 404],
    ['/hello.txt/', 'LWS_ERR_VFS_NOT_FOUND', 404],
    ['/hello.txt/x', 'LWS_ERR_VFS_NOT_FOUND', 404],
    ['/sub', 'LWS_ERR_VFS_IS_DIRECTORY', 404],
    ['/sub/', 'LWS_ERR_VFS_IS_DIRECTORY', 404],
    ['/', 'LWS_ERR_VFS_IS_DIRECTORY', 404],
    ['/./hello.txt', 'LWS_ERR_VFS_NOT_FOUND', 404],
    ['/../hello.txt', 'LWS_ERR_VFS_OUTSIDE', 403],
    ['/sub/../hello.txt', 'LWS_ERR_VFS_OUTSIDE', 403],
    ['..', 'LWS_ERR_VFS_OUTSIDE', 403],
    ['/sub\\deep.txt', 'LWS_ERR_VFS_NOT_FOUND', 404],
    ['/hello.txt\0', 'LWS_ERR_VFS_NOT_FOUND', 404],
    ['/hello.txt\0.html', 'LWS_ERR_VFS_NOT_FOUND', 404],
    ['/\ud800', 'LWS_ERR_VFS_NOT_FOUND', 404],
    [`/${'x'.repeat(5000)}`, 'LWS_ERR_VFS_NOT_FOUND', 404],
    [`/${'x/'.repeat(4000)}`, 'LWS_ERR_VFS_NOT_FOUND', 404],
  ])('refuses %j with %s', async (path, code, status) => {
    const { fops, root } = make();
    expect(await openNow(fops, root, path)).toMatchObject({ code, status });
  });

  test('lists what a directory has', async () => {
    const { fops, root, openFiles } = make();
    const file = await openFile(fops, root, '/hello.txt');
    file.fops.close(file);
    const before = openFiles();
    const listed = (path: string, most = 100) => {
      const entries = fops.list?.(root, path, READ, most) ?? [];
      if ('code' in entries) return entries.code;
      return entries
        .map(({ name, directory, length }) => `${name} ${directory ? 'directory' : length}`)
        .sort((one, other) => (one < other ? -1 : 1));
    };
    const all = ['empty.txt 0', 'hello.txt 12', 'sub directory'];
    expect([listed(''), listed('/'), listed('/sub'), listed('/sub/')]).toEqual([
      all,
      all,
      ['deep.txt 4'],
      ['deep.txt 4'],
    ]);
    expect(listed('', 2)).toHaveLength(2);
    expect(['/none', '/hello.txt', '/none/x'].map((path) => listed(path))).toEqual(
      Array(3).fill('LWS_ERR_VFS_NOT_FOUND'),
    );
    expect(listed('/../sub')).toBe('LWS_ERR_VFS_OUTSIDE');
    expect(openFiles()).toBe(before);
  });

  test('a file opened for reading is not written', async () => {
    const { fops, root } = make();
    const file = await openFile(fops, root, '/hello.txt');
    const put = fops.write(file, new Uint8Array([1]), () => undefined);
    expect(put).toMatchObject({ code: 'LWS_ERR_VFS_READ_ONLY' });
    expect(await readText(file, 64)).toBe('Hello, world');
    file.fops.close(file);
  });

  test.each([undefined, null, 5, 'text', [], new ArrayBuffer(8), new DataView(new ArrayBuffer(8))])(
    '%s is no memory: refused, and the file can be closed',
    async (memory) => {
      const { fops, root, openFiles } = make();
      const before = openFiles();
      const file = await openFile(fops, root, '/hello.txt');
      for (const call of ['read', 'write'] as const)
        expect(() => {
          const refused = fops[call](file, memory as never, () => undefined);
          if (typeof refused === 'object') throw refused;
        }).toThrow(
          expect.objectContaining({
            code: expect.stringMatching(/^LWS_ERR_(OPTION|VFS_READ_ONLY)$/),
          }),
        );
      expect(await readText(file, 64)).toBe('Hello, world');
      file.fops.close(file);
      expect(openFiles()).toBe(before);
    },
  );

  test('closes once; what is called after it is refused', async () => {
    const { fops, root, openFiles } = make();
    const before = openFiles();
    const file = await openFile(fops, root, '/hello.txt');
    expect(openFiles()).toBe(before === undefined ? undefined : before + 1);
    file.fops.close(file);
    file.fops.close(file);
    expect(openFiles()).toBe(before);
    expect(await readSome(file, new Uint8Array(4))).toMatchObject({ code: 'LWS_ERR_VFS_CLOSED' });
  });

  test('a refused open leaves nothing open', async () => {
    const { fops, root, openFiles } = make();
    const before = openFiles();
    for (const path of ['/none', '/sub', '/hello.txt/x', '/..']) await openNow(fops, root, path);
    expect(openFiles()).toBe(before);
  });

  test('a file of other operations is misuse', async () => {
    const { fops, root } = make();
    const file = await openFile(fops, root, '/hello.txt');
    const foreign: FopsFile = { ...file, fops, position: 0 };
    for (const call of [
      () => fops.close(foreign),
      () => fops.seekCur(foreign, 1),
      () => fops.read(foreign, new Uint8Array(1), () => undefined),
      () => fops.write(foreign, new Uint8Array(1), () => undefined),
    ])
      expect(call).toThrow(expect.objectContaining({ code: 'LWS_ERR_VFS_FOREIGN_FILE' }));
    file.fops.close(file);
  });
}
