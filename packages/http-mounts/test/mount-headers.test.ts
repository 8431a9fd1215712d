import { expect, test } from 'vitest';
import { withMountHeaders } from '../src/mount-headers.ts';
import { diskRoot, Mounted } from './mounted.ts';

test('a field of the mount stands in place of one of the same name', () => {
  const fields = [
    ['a', '1'],
    ['b', '2'],
  ] as const;
  expect(withMountHeaders(fields, [])).toBe(fields);
  expect(withMountHeaders(fields, [['b', '3']])).toEqual([
    ['a', '1'],
    ['b', '3'],
  ]);
});

test('Vary of the mount stands beside that of the answer', () => {
  const [own, added] = [['vary', 'accept-encoding'] as const, ['vary', 'origin'] as const];
  expect(withMountHeaders([own], [added])).toEqual([own, added]);
});

test.each([
  ['a file', 'GET', '/a.txt', {}, 200],
  ['a large file', 'GET', '/large.txt', {}, 200],
  ['nothing', 'GET', '/none', {}, 404],
  ['a directory', 'GET', '/sub', {}, 301],
  ['a method', 'POST', '/a.txt', {}, 405],
  ['OPTIONS', 'OPTIONS', '/a.txt', {}, 204],
  ['an unchanged file', 'GET', '/a.txt', { 'if-none-match': '*' }, 304],
  ['another file', 'GET', '/a.txt', { 'if-match': '"x"' }, 412],
])('%s is answered with the headers of the mount', async (_name, method, path, fields, status) => {
  const root = diskRoot({ 'a.txt': 'a', 'large.txt': 'x'.repeat(70_000), 'sub/b.txt': 'b' });
  const origin = `file://${root}`;
  const headers = { 'X-Frame-Options': 'DENY', 'Cache-Control': 'max-age=7' };
  const mounted = new Mounted([{ mountpoint: '/', origin, headers }]);
  const answer = await mounted.ask({ method, path, fields: Object.entries(fields) });
  expect(answer.status).toBe(status);
  expect(answer.fields.get('x-frame-options')).toBe('DENY');
  expect(answer.fields.get('cache-control')).toBe('max-age=7');
});
