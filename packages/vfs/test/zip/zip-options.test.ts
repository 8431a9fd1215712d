import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { FopsBase, MemoryFops, ZipFops, type ZipOptions } from '../../src/index.ts';
import { openNow, readSome } from '../file-ops-suite.ts';
import { makeZip } from './make-zip.ts';

const two = makeZip([
  { name: 'a', content: 'a', method: 0 },
  { name: 'b', content: 'b', method: 0 },
]);

async function codeOf(
  zip: Uint8Array,
  options: ZipOptions,
  path = '/a',
  name = '/x.zip',
): Promise<string> {
  const fops = new ZipFops(new MemoryFops().set(name, zip), options);
  const opened = await openNow(fops, name, path);
  if (!('fops' in opened)) return opened.code;
  opened.fops.close(opened);
  return 'open';
}

const nested = makeZip([{ name: 'in.zip', content: two }]);

test.each([
  ['maxEntries', two, { maxEntries: 2 }, { maxEntries: 1 }, '/a', 'LWS_ERR_VFS_ZIP_TOO_LARGE'],
  [
    'maxEntries, of directories',
    makeZip([{ name: '1/2/3/4/a', content: 'x' }]),
    { maxEntries: 4 },
    { maxEntries: 3 },
    '/1/2/3/4/a',
    'LWS_ERR_VFS_ZIP_TOO_LARGE',
  ],
  [
    'maxDirectoryBytes',
    two,
    { maxDirectoryBytes: 94 },
    { maxDirectoryBytes: 93 },
    '/a',
    'LWS_ERR_VFS_ZIP_TOO_LARGE',
  ],
  [
    'maxNestedBytes',
    nested,
    { maxNestedBytes: two.length },
    { maxNestedBytes: two.length - 1 },
    '/in.zip/a',
    'LWS_ERR_VFS_ZIP_TOO_LARGE',
  ],
])('%s', async (_name, zip, enough, less, path, code) => {
  expect(await codeOf(zip, enough, path)).toBe('open');
  expect(await codeOf(zip, less, path)).toBe(code);
});

test('signatures', async () => {
  expect(await codeOf(two, { signatures: ['.box/'] }, '/a', '/x.BOX')).toBe('open');
  expect(await codeOf(two, { signatures: ['.box/'] })).toBe('LWS_ERR_VFS_NOT_FOUND');
  expect(await codeOf(two, {}, '/a', '/x.jar')).toBe('open');
});

test('verifyBytes: what is shorter is refused before it is opened, what is longer at its end', async () => {
  const content = Buffer.alloc(1000, 'x');
  const zip = makeZip([{ name: 'a', content, method: 0, crc: crc32(content) ^ 1 }]);
  expect(await codeOf(zip, { verifyBytes: 1000 })).toBe('LWS_ERR_VFS_ZIP_ENTRY');
  const fops = new ZipFops(new MemoryFops().set('/x.zip', zip), { verifyBytes: 999 });
  const file = await openNow(fops, '/x.zip', '/a');
  if (!('fops' in file)) throw new Error(file.code);
  expect(await readSome(file, new Uint8Array(999))).toBe(999);
  expect(await readSome(file, new Uint8Array(999))).toMatchObject({
    code: 'LWS_ERR_VFS_ZIP_ENTRY',
  });
  file.fops.close(file);
});

test('maxIndexBytes: the index that was used least is read again', async () => {
  class Counting extends FopsBase {
    bytes = 0;
    override read(...args: Parameters<FopsBase['read']>): ReturnType<FopsBase['read']> {
      const got = super.read(...args);
      if (typeof got === 'number') this.bytes += got;
      return got;
    }
  }
  const bytesOfAgain = async (maxIndexBytes: number): Promise<number> => {
    const next = new Counting('counting', new MemoryFops().set('/x.zip', two).set('/y.zip', two));
    const fops = new ZipFops(next, { maxIndexBytes });
    for (const archive of ['/x.zip', '/y.zip', '/x.zip']) {
      next.bytes = 0;
      const file = await openNow(fops, archive, '/a');
      if ('fops' in file) file.fops.close(file);
    }
    return next.bytes;
  };
  expect(await bytesOfAgain(1024 * 1024)).toBe(0);
  expect(await bytesOfAgain(100)).toBeGreaterThan(two.length);
});

test('refused is told once of each entry', async () => {
  const told: string[] = [];
  const zip = makeZip([
    { name: 'link', content: 'a', mode: 0o120777 },
    { name: 'a', content: 'a' },
  ]);
  const fops = new ZipFops(new MemoryFops().set('/x.zip', zip), {
    refused: (...line) => told.push(line.join(': ')),
  });
  for (let time = 0; time < 2; time++) await openNow(fops, '/x.zip', '/a');
  expect(told).toEqual(['/x.zip: link: it is a link or a device']);
});

test.each([
  { signatures: ['zip'] },
  { maxEntries: 0 },
  { maxDirectoryBytes: 45 },
  { maxIndexBytes: -1 },
  { maxNestedBytes: 0.5 },
  { verifyBytes: Number.NaN },
])('%j is refused', (options) => {
  expect(() => new ZipFops(new MemoryFops(), options)).toThrow(
    expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
  );
});
