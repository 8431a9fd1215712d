import { join } from 'node:path';
import { protocol } from '@lws-ts/interface';
import { expect, test } from 'vitest';
import { withMountHeaders } from '../src/mount-headers.ts';
import { diskRoot, Mounted } from './mounted.ts';
import { get, openCallback } from './open-callback.ts';

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
  ['a listing', 'GET', '/sub/', {}, 200],
])('%s is answered with the headers of the mount', async (_name, method, path, fields, status) => {
  const root = diskRoot({ 'a.txt': 'a', 'large.txt': 'x'.repeat(70_000), 'sub/b.txt': 'b' });
  const origin = `file://${root}`;
  const headers = { 'X-Frame-Options': 'DENY', 'Cache-Control': 'max-age=7' };
  const mounted = new Mounted([{ mountpoint: '/', origin, headers, listing: true }]);
  const answer = await mounted.ask({ method, path, fields: Object.entries(fields) });
  expect(answer.status).toBe(status);
  expect(answer.fields.get('x-frame-options')).toBe('DENY');
  expect(answer.fields.get('cache-control')).toBe('max-age=7');
});

test.each([
  ['an upgrade that a protocol refuses', '/x', 'Upgrade: h2c\r\nConnection: upgrade\r\n', 403],
  ['an upgrade without a login', '/in', 'Upgrade: h2c\r\nConnection: upgrade\r\n', 401],
  ['a request without a login', '/in', '', 401],
  ['a login file', '/files/logins.txt', '', 404],
])(
  '%s is answered with the headers of the mount, each once',
  async (_name, path, fields, status) => {
    const root = diskRoot({ 'logins.txt': 'a:b' });
    const headers = { 'X-Frame-Options': 'DENY', 'Cache-Control': 'max-age=7' };
    const x = protocol({ name: 'x', http: { confirmUpgrade: () => false } });
    const { connect } = await openCallback(
      [x],
      [
        { mountpoint: '/x', origin: 'callback://x', headers },
        {
          mountpoint: '/in',
          origin: 'callback://x',
          headers,
          basicAuthLoginFile: join(root, 'logins.txt'),
        },
        { mountpoint: '/files', origin: `file://${root}`, headers },
      ],
    );
    const { peer } = await connect();
    await peer.send(get(path, fields));
    expect(peer.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(peer.text.match(/^(?:cache-control|x-frame-options): .*$/gim)?.sort()).toEqual([
      'cache-control: max-age=7',
      'x-frame-options: DENY',
    ]);
  },
);
