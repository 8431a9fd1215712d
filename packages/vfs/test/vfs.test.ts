import { resolveOptions } from '@lws-ts/interface';
import { expect, test } from 'vitest';
import { DiskFops, FopsBase, getFops, setFops, vfs, ZipFops } from '../src/index.ts';

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
  expect(() => getFops({ options: {} })).toThrow(
    expect.objectContaining({ code: 'LWS_ERR_VFS_FOPS' }),
  );
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
