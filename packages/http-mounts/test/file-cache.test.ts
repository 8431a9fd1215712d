import { expect, test } from 'vitest';
import { identity } from '../src/content-coding.ts';
import { type CachedFile, FileCache } from '../src/file-cache.ts';
import { MimeTable } from '../src/mimetypes.ts';
import type { FileMount } from '../src/mount.ts';
import { readMount } from '../src/read-mount.ts';
import { Representation } from '../src/representation.ts';

const mount = readMount({ mountpoint: '/', origin: 'file://./www' }, 'mounts[0]', 1) as FileMount;

function file(length: number): CachedFile {
  const bytes = new Uint8Array(length);
  const opened = { length, gzip: false, virtual: true, modTime: 1, position: 0 };
  const type = new MimeTable({}).typeOf('a.txt') ?? '';
  const fops = { name: '', next: undefined, signatures: [] };
  const unused = { open: () => undefined, close: () => undefined, seekCur: () => 0 };
  const never = { read: () => 0, write: () => 0 };
  const representation = new Representation(
    { ...opened, fops: { ...fops, ...unused, ...never } },
    type,
    mount,
    identity,
    '',
    0,
  );
  return { representation, bytes, settled: true, checkedAt: 0, used: false };
}

test('what was asked for stays longer, and the bound holds throughout', () => {
  const cache = new FileCache(100_000);
  for (const key of ['a', 'b', 'c']) cache.set(key, file(30_000));
  cache.get('a');
  cache.set('d', file(30_000));
  expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key) !== undefined)).toEqual([
    true,
    false,
    true,
    true,
  ]);
  for (let at = 0; at < 1000; at++) {
    cache.set(`f${at % 37}`, file((at * 7919) % 65536));
    expect(cache.bytes).toBeLessThanOrEqual(100_000);
  }
});

test('where all were asked for the oldest goes first, and never the one that just came', () => {
  const cache = new FileCache(100_000);
  const has = (): string =>
    ['a', 'b', 'c', 'd', 'e'].filter((key) => cache.get(key) !== undefined).join('');
  for (const key of ['a', 'b', 'c']) cache.set(key, file(30_000));
  expect(has()).toBe('abc');
  cache.set('d', file(30_000));
  expect(has()).toBe('bcd');
  cache.set('e', file(30_000));
  expect(has()).toBe('cde');
});

test('what was put off once goes the next time, unless it was asked for again', () => {
  const cache = new FileCache(100_000);
  for (const key of ['a', 'b', 'c']) cache.set(key, file(30_000));
  cache.get('a');
  for (const key of ['d', 'e']) cache.set(key, file(30_000));
  cache.get('d');
  for (const key of ['f', 'g']) cache.set(key, file(30_000));
  const left = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].filter((key) => cache.get(key) !== undefined);
  expect(left).toEqual(['d', 'f', 'g']);
});

test('replaced and deleted files give their bytes back', () => {
  const cache = new FileCache(100_000);
  cache.set('a', file(50_000));
  const one = cache.bytes;
  cache.set('a', file(50_000));
  expect(cache.bytes).toBe(one);
  cache.set('a', file(200_000));
  expect([cache.bytes, cache.get('a')]).toEqual([0, undefined]);
  cache.delete('a');
  expect(cache.bytes).toBe(0);
});

test('a file that is larger than all of it drives nothing out', () => {
  const cache = new FileCache(100_000);
  cache.set('a', file(50_000));
  cache.set('b', file(100_000));
  expect([cache.get('a') !== undefined, cache.get('b')]).toEqual([true, undefined]);
});

test('empty files are counted too', () => {
  const cache = new FileCache(100_000);
  for (let at = 0; at < 1000; at++) cache.set(`empty${at}`, file(0));
  expect(cache.bytes).toBeLessThanOrEqual(100_000);
  expect([cache.get('empty0'), cache.get('empty999') !== undefined]).toEqual([undefined, true]);
});
