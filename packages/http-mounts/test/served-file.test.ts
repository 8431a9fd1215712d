/** What `serveFile` answers is what a mount of that file, with nothing else said of it, answers. */
import { mkdirSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { protocol } from '@lws-ts/interface';
import { describe, expect, test, vi } from 'vitest';
import { diskRoot } from './mounted.ts';
import { get, openCallback } from './open-callback.ts';

const base = diskRoot({
  'secret.txt': 'SECRET',
  'www/index.html': '<p>index</p>',
  'www/a.txt': 'alpha',
  'www/a.txt.gz': 'as gzip',
  'www/c.unknown': 'gamma',
  'www/.env.txt': 'SECRET',
  'www/large.txt': 'large '.repeat(20_000),
});
const root = join(base, 'www');
mkdirSync(join(root, 'empty'));
symlinkSync('../secret.txt', join(root, 'out.txt'));
const longAgo = new Date('2020-02-02T02:02:02.002Z');
for (const name of ['a.txt', 'large.txt', 'index.html'])
  utimesSync(join(root, name), longAgo, longAgo);

const serving = protocol({
  name: 'serving',
  http: { request: (wsi) => wsi.serveFile(root, { below: wsi.pathInMount }) },
});
const mounts = [
  { mountpoint: '/by-mount', origin: `file://${root}` },
  { mountpoint: '/by-program', origin: 'callback://serving' },
];

async function answer(area: string, path: string, fields: string, method: string): Promise<string> {
  const { connect } = await openCallback([serving], mounts);
  const { peer } = await connect();
  await peer.send(get(`/${area}${path}`, `${fields}Connection: close\r\n`, method));
  await vi.waitUntil(() => peer.ended);
  return peer.text.replaceAll(`/${area}/`, '/area/').replace(/\r\ndate: .*/, '');
}

describe('serveFile and a mount answer alike', () => {
  test.each([
    ['a file', '/a.txt', '', 'GET', 200],
    ['HEAD', '/a.txt', '', 'HEAD', 200],
    ['a large file', '/large.txt', '', 'GET', 200],
    ['a range', '/large.txt', 'Range: bytes=-5\r\n', 'GET', 206],
    ['ranges', '/a.txt', 'Range: bytes=0-0,3-\r\n', 'GET', 206],
    ['a range outside', '/a.txt', 'Range: bytes=5-\r\n', 'GET', 416],
    ['If-None-Match', '/a.txt', 'If-None-Match: *\r\n', 'GET', 304],
    ['If-Match', '/a.txt', 'If-Match: "x"\r\n', 'GET', 412],
    ['no compressed neighbour', '/a.txt', 'Accept-Encoding: gzip\r\n', 'GET', 200],
    ['no type', '/c.unknown', '', 'GET', 404],
    ['a dot file', '/.env.txt', '', 'GET', 404],
    ['nothing', '/none.txt', '', 'GET', 404],
    ['no fallback', '/none', 'Accept: text/html\r\n', 'GET', 404],
    ['no listing', '/empty/', '', 'GET', 404],
    ['a link out', '/out.txt', '', 'GET', 403],
  ])('%s: %s', async (_what, path, fields, method, status) => {
    const program = await answer('by-program', path, fields, method);
    // boundaries of multipart answers are drawn each time
    const drawn = /boundary=([^\r]+)/;
    const told = (text: string): string =>
      text.replaceAll(drawn.exec(text)?.[1] ?? 'no boundary', 'BOUNDARY');
    expect(program).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(told(program)).toBe(told(await answer('by-mount', path, fields, method)));
    expect(program).not.toContain('SECRET');
  });
});

test.each([
  'If-None-Match: *',
  'If-Modified-Since: Sun, 06 Nov 2044 08:49:37 GMT',
  'If-Match: "x"',
])('serveFile to a POST with %s is the file: what was asked for is done', async (condition) => {
  const post = await answer(
    'by-program',
    '/a.txt',
    `${condition}\r\nContent-Length: 0\r\n`,
    'POST',
  );
  expect(post).toMatch(/^HTTP\/1.1 200 /);
  expect(post).toMatch(/alpha$/);
});
