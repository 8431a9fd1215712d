import { resolveOptions } from '@lws-ts/interface';
import { expect, test } from 'vitest';
import { DiskFops, FopsBase, vfs } from '../src/index.ts';

const disk = new DiskFops();

function resolve(given: Readonly<Record<string, unknown>>): unknown {
  return resolveOptions(vfs().contextOptions, given, 'the context')['fops'];
}

test('the disk is the default', () => {
  expect(resolve({})).toBeInstanceOf(DiskFops);
});

test('a chain is kept as it is', () => {
  const chain = new FopsBase('upper', new FopsBase('lower', disk));
  expect(resolve({ fops: chain })).toBe(chain);
});

class ZipLike extends FopsBase {
  override readonly signatures = ['.zip/'];
}

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
  ['signatures', new ZipLike('zip', disk), 'LWS_ERR_VFS_SIGNATURES'],
  ['signatures below', new FopsBase('a', new ZipLike('zip', disk)), 'LWS_ERR_VFS_SIGNATURES'],
])('%s is refused', (_name, fops, code) => {
  expect(() => resolve({ fops })).toThrow(expect.objectContaining({ code }));
});
