import { resolveOptions } from '@lws-ts/interface';
import { expect, test } from 'vitest';
import {
  DiskFops,
  FopsBase,
  getFops,
  MemoryFops,
  setFops,
  vfs,
  vfsFileOpen,
  ZipFops,
} from '../src/index.ts';
import { openFile, readText } from './file-ops-suite.ts';

const disk = new DiskFops();

function resolve(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return resolveOptions(vfs().contextOptions, given, 'the context');
}

test('zip archives over the disk are the default', () => {
  const fops = getFops({ options: resolve({}) });
  expect(fops).toBeInstanceOf(ZipFops);
  expect(fops.next).toBeInstanceOf(DiskFops);
});

test('a chain is kept as it is', () => {
  const chain = new FopsBase('upper', new FopsBase('lower', disk));
  expect(getFops({ options: resolve({ fops: chain }) })).toBe(chain);
});

test('setFops exchanges what the next open goes to, in one context alone', () => {
  const module = vfs();
  const one = { options: resolveOptions(module.contextOptions, {}, 'one') };
  const other = { options: resolveOptions(module.contextOptions, {}, 'other') };
  const opened: string[] = [];
  class Noting extends FopsBase {
    override open(...args: Parameters<FopsBase['open']>): void {
      opened.push(args[0] + args[1]);
      super.open(...args);
    }
  }
  setFops(one, new Noting('noting', getFops(one)));
  for (const { options } of [one, other])
    (options['fops'] as FopsBase).open(
      '/none',
      '/x',
      { write: false, acceptGzip: false },
      () => {},
    );
  expect(opened).toEqual(['/none/x']);
  for (const call of [
    () => getFops({ options: {} }),
    () => setFops(one, undefined as never),
    () => setFops(one, circle as never),
  ])
    expect(call).toThrow(expect.objectContaining({ code: 'LWS_ERR_VFS_FOPS' }));
});

test('a file that was open when they were exchanged is read and closed by those that opened it', async () => {
  const context = { options: resolve({ fops: new MemoryFops().set('/a', 'before') }) };
  const slot = context.options['fops'] as FopsBase;
  const file = await openFile(slot, '/a', '');
  setFops(context, new MemoryFops().set('/a', 'after'));
  expect(slot.seekCur(file, 2)).toBe(2);
  const into = new Uint8Array(9);
  expect(slot.read(file, into, () => undefined)).toBe(4);
  slot.close(file);
  expect(slot.read(file, into, () => undefined)).toMatchObject({ code: 'LWS_ERR_VFS_CLOSED' });
  expect(await readText(await openFile(slot, '/a', ''), 9)).toBe('after');
});

test('vfsFileOpen opens what the program names, for reading unless it says something else', () => {
  const memory = new MemoryFops().set('/a', 'text', { gzip: Uint8Array.of(1, 2) });
  const context = { options: resolve({ fops: memory }) };
  const lengthOf = (flags: Parameters<typeof vfsFileOpen>[2]): number | undefined => {
    let length: number | undefined;
    vfsFileOpen(context, '/a', flags, (file) => {
      if ('fops' in file) length = file.length;
    });
    return length;
  };
  expect([lengthOf({}), lengthOf({ acceptGzip: true })]).toEqual([4, 2]);
  vfsFileOpen(context, '/none', {}, (file) => {
    expect(file).toMatchObject({ code: 'LWS_ERR_VFS_NOT_FOUND' });
  });
  vfsFileOpen(context, '/a', {}, (file) => {
    if (!('fops' in file)) throw new Error(file.code);
    const put = file.fops.write(file, Uint8Array.of(1), () => undefined);
    expect(put).toMatchObject({ code: 'LWS_ERR_VFS_READ_ONLY' });
  });
});

const circle: Record<string, unknown> = {
  name: 'circle',
  signatures: [],
  open: () => undefined,
  close: () => undefined,
  seekCur: () => 0,
  read: () => 0,
  write: () => 0,
};
circle['next'] = circle;

test.each([
  ['a string', 'disk', 'LWS_ERR_VFS_FOPS'],
  ['null', null, 'LWS_ERR_VFS_FOPS'],
  ['half of the operations', { open: () => undefined, signatures: [] }, 'LWS_ERR_VFS_FOPS'],
  ['a circle', circle, 'LWS_ERR_VFS_FOPS'],
  ['a bad link below', { ...circle, next: {} }, 'LWS_ERR_VFS_FOPS'],
])('%s is refused', (_name, fops, code) => {
  expect(() => resolve({ fops })).toThrow(expect.objectContaining({ code }));
});
