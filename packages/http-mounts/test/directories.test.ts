import { mkdirSync, mkdtempSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskFops } from '@lws-ts/vfs';
import { describe, expect, test } from 'vitest';
import { directoryPage } from '../src/directory-page.ts';
import type { FakeRequest } from './fake-exchange.ts';
import { Mounted } from './mounted.ts';

const outside = mkdtempSync(join(tmpdir(), 'outside-'));
writeFileSync(join(outside, 'password.txt'), 'x');
const root = mkdtempSync(join(tmpdir(), 'directories-'));
mkdirSync(join(root, 'sub', 'b dir'), { recursive: true });
mkdirSync(join(root, 'with-def'));
mkdirSync(join(root, 'empty'));
writeFileSync(join(root, 'index.html'), '<h1>The application</h1>');
writeFileSync(join(root, 'with-def', 'index.html'), 'def');
writeFileSync(join(root, 'sub', 'a:b#c?d%.txt'), 'x'.repeat(1536));
writeFileSync(join(root, 'sub', '<b>&"\'.txt'), '');
writeFileSync(join(root, 'sub', '.hidden'), '');
writeFileSync(join(root, 'sub', 'z.txt'), 'z');
utimesSync(join(root, 'sub', 'z.txt'), 1_580_608_922, 1_580_608_922);
symlinkSync(outside, join(root, 'sub', 'away'));
symlinkSync(join(outside, 'password.txt'), join(root, 'sub', 'link.txt'));
const mount = { mountpoint: '/', origin: `file://${root}` };

const links = (page: string): string[] =>
  [...page.matchAll(/<a href="([^"]*)">/g)].map(([, href = '']) => href);

describe('listing', () => {
  const listed = new Mounted([{ ...mount, listing: true }]);

  test('names what a directory has: directories first, nothing hidden, nothing that leads away', async () => {
    const answer = await listed.ask('/sub/');
    expect(answer.status).toBe(200);
    expect(links(answer.text)).toEqual([
      '../',
      './b%20dir/',
      './%3Cb%3E&#38;%22&#39;.txt',
      './a:b%23c%3Fd%25.txt',
      './z.txt',
    ]);
    expect(answer.text).toContain('>&#60;b&#62;&#38;&#34;&#39;.txt<');
    expect(answer.text).toContain('<td>1.5 KiB</td>');
    expect(answer.text).toContain('<td>2020-02-02 02:02</td>');
    expect(answer.fields.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.reported).toEqual([]);
  });

  test('is kept by caches as files of the mount are', async () => {
    const cached = new Mounted([
      { ...mount, listing: true, cacheReusable: true, cacheRevalidate: true, cacheMaxAge: 60 },
    ]);
    const answer = await cached.ask('/sub/');
    expect(answer.fields.get('cache-control')).toBe('private, max-age=60, must-revalidate');
  });

  test('names hidden files where they are served', async () => {
    const open = new Mounted([{ ...mount, listing: true, dotFiles: true }]);
    expect(links((await open.ask('/sub/')).text)).toContain('./.hidden');
  });

  test('names what links lead to where they are followed', async () => {
    const open = new Mounted([{ ...mount, listing: true, follow: true }]);
    const found = links((await open.ask('/sub/')).text);
    expect(found).toEqual(expect.arrayContaining(['./away/', './link.txt']));
    expect((await open.ask('/sub/away/')).status).toBe(200);
  });

  test('has no way above the mount, and shows an empty directory', async () => {
    const deeper = { mountpoint: '/deep', origin: `file://${join(root, 'sub')}`, listing: true };
    const below = new Mounted([deeper]);
    expect(links((await below.ask('/deep/')).text)).not.toContain('../');
    expect(links((await listed.ask('/empty/')).text)).toEqual(['../']);
  });

  test.each<[string, string, number]>([
    ['what has a def', '/with-def/', 200],
    ['what is asked for without a slash', '/sub', 301],
    ['what is not there', '/nowhere/', 404],
    ['a file', '/index.html/', 404],
    ['a link that leads away', '/sub/away/', 404],
    ['what is hidden', '/.git/', 404],
  ])('is none of %s', async (_what, path, status) => {
    const answer = await listed.ask(path);
    expect([answer.status, answer.text.includes('<table>')]).toEqual([status, false]);
  });

  test('is off by default, and of file operations that cannot list', async () => {
    expect((await new Mounted([mount]).ask('/sub/')).status).toBe(404);
    const fops = new DiskFops();
    Object.defineProperty(fops, 'list', { value: undefined });
    expect((await new Mounted([{ ...mount, listing: true }], { fops }).ask('/sub/')).status).toBe(
      404,
    );
  });

  test('isolates each name, whatever direction it says it has', () => {
    const entry = { length: 1, modTime: undefined };
    const page = directoryPage(
      '/plain/\u202egpj.exe\u2069/',
      [
        { ...entry, name: '\u202egpj.exe', directory: false },
        { ...entry, name: '\u2067a', directory: true },
        { ...entry, name: '\u05d0 1', directory: false },
      ],
      false,
    );
    expect([...page.matchAll(/<a [^>]*>(.*?)<\/a>/g)].map(([, text]) => text)).toEqual([
      '<bdi>&#8295;a</bdi>/',
      '<bdi>\u05d0 1</bdi>',
      '<bdi>&#8238;gpj.exe</bdi>',
    ]);
    const heading = '/<bdi>plain</bdi>/<bdi>&#8238;gpj.exe&#8297;</bdi>/';
    expect(page).toContain(`<h1>${heading}</h1>`);
    expect(page).toContain('<title>/plain/\ufffdgpj.exe\ufffd/</title>');
  });

  test.each([
    ['within the years of HTTP', 0, '1970-01-01 00:00'],
    ['before 1970', -1e11, '1966-10-31 14:13'],
    ['no number', Number.NaN, ''],
    ['before the year 1', -1e14, ''],
    ['behind the year 9999', 1e15, ''],
    ['behind all dates of the language, as a file of tmpfs may be', 9e15, ''],
  ])('shows a time that is %s, or none', (_what, modTime, shown) => {
    const page = directoryPage('/', [{ name: 'a', directory: false, length: 1, modTime }], false);
    expect(page).toContain(`<td>1 B</td><td>${shown}</td>`);
  });

  test('of thousands shows what fits', () => {
    const entries = Array.from({ length: 1000 }, (_, at) => ({
      name: `${at}-${'n'.repeat(200)}`,
      directory: false,
      length: at,
      modTime: undefined,
    }));
    const page = directoryPage('/', entries, false);
    expect(Buffer.byteLength(page)).toBeLessThan(65_536);
    expect(page).toContain('There is more than is shown.');
    expect(directoryPage('/', entries.slice(0, 3), false)).not.toContain('There is more');
    // every character of it an element or a reference
    for (const unit of ['/&', '/\u202e', '&', '\u0001']) {
      const deep = directoryPage(`/${unit.repeat(40_000)}/`, entries, false);
      expect(Buffer.byteLength(deep)).toBeLessThan(65_536);
      expect(deep).toContain('0-nnn');
    }
  });

  test('is bounded where the names are read', () => {
    const flags = { write: false, acceptGzip: false };
    expect(new DiskFops().list(root, '/sub', flags, 2)).toHaveLength(2);
  });
});

describe('fallback', () => {
  const page = new Mounted([{ ...mount, fallback: 'index.html' }]);
  const ask = (path: string, fields: FakeRequest['fields'] = [], method = 'GET') =>
    page.ask({ path, fields, method });
  const navigating = [['accept', 'text/html,application/xhtml+xml,*/*;q=0.8']] as const;

  test.each<[string, FakeRequest['fields']]>([
    ['by what it accepts', navigating],
    ['by its mode', [['sec-fetch-mode', 'navigate']]],
    ['alone', [['accept', 'text/html']]],
    ['later in the list', [['accept', 'image/webp, TEXT/HTML;q=0.5']]],
    ['by the least weight', [['accept', 'text/html \t; \tQ=0.001']]],
    ['by a weight behind another parameter', [['accept', 'text/html;level=1;q=1.000']]],
    ['with another parameter alone', [['accept', 'text/html;level=0']]],
    ['at the end of 1 KiB', [['accept', `${'a/b,'.repeat(253)}   text/html`]]],
    [
      'by the second of two fields',
      [
        ['accept', 'image/webp'],
        ['accept', 'text/html'],
      ],
    ],
    ['by one of two', [['accept', 'text/html;level=2;q=0, text/html']]],
    ['beside what only looks like a weight', [['accept', 'text/html;a=";q=0,";b="\\";q=0"']]],
  ])('answers a navigation, known %s', async (_how, fields) => {
    const answer = await ask('/route/of/the/app', fields);
    expect([answer.status, answer.text]).toEqual([200, '<h1>The application</h1>']);
    expect(answer.fields.get('vary')).toContain('accept, sec-fetch-mode');
  });

  test.each<[string, string, FakeRequest['fields'], number]>([
    ['a script', '/app.js', [['accept', '*/*']], 404],
    ['nothing accepted', '/route', [], 404],
    ['another mode', '/route', [...navigating, ['sec-fetch-mode', 'no-cors']], 404],
    ['a type with more behind it', '/route', [['accept', 'text/html5']], 404],
    ['all types but pages', '/route', [['accept', 'text/html;q=0, */*']], 404],
    ['no weight in long', '/route', [['accept', 'text/html ; Q=0.000']], 404],
    ['no weight behind another', '/route', [['accept', 'text/html;level=1;q=0.0, a/b']], 404],
    ['what is no weight', '/route', [['accept', 'text/html;q=2']], 404],
    ['a weight with a space', '/route', [['accept', 'text/html;q =1']], 404],
    ['one with four decimals', '/route', [['accept', 'text/html;q=0.5000']], 404],
    ['a page within quotes', '/route', [['accept', 'a/b;c="d, text/html, e"']], 404],
    ['a page in more than 1 KiB', '/route', [['accept', `text/html${' '.repeat(1016)}`]], 404],
    ['a page within an open quote', '/route', [['accept', 'a/b;c="d, text/html']], 404],
    ['a dot file', '/.env', navigating, 404],
    ['a directory', '/sub', navigating, 301],
  ])('leaves %s as it is', async (_what, path, fields, status) => {
    expect((await ask(path, fields)).status).toBe(status);
  });

  test('is for HEAD too, and has the conditions of its file', async () => {
    const head = await ask('/route', navigating, 'HEAD');
    expect([head.status, head.text]).toEqual([200, '']);
    const etag = head.fields.get('etag') ?? '';
    const again = await ask('/route', [...navigating, ['if-none-match', etag]]);
    expect(again.status).toBe(304);
  });

  test('keeps its answers apart from those of the file under its own name', async () => {
    for (let time = 0; time < 2; time++) {
      expect((await ask('/route', navigating)).fields.get('vary')).toBe('accept, sec-fetch-mode');
      expect((await ask('/index.html')).fields.get('vary')).toBeUndefined();
    }
  });

  test('says all that its choice depends on', async () => {
    const packed = new Mounted([{ ...mount, fallback: 'index.html', precompressed: true }]);
    const answer = await packed.ask({ path: '/route', fields: navigating });
    expect(answer.fields.get('vary')).toBe('accept-encoding, accept, sec-fetch-mode');
  });

  test('that is not there itself is 404', async () => {
    const none = new Mounted([{ ...mount, fallback: 'none.html' }]);
    const answer = await none.ask({ path: '/route', fields: navigating });
    expect([answer.status, answer.reported]).toEqual([404, []]);
  });

  test.each(['/index.html', '../index.html', 'a/../b', '', 'a//b'])('%j is refused', (fallback) => {
    expect(() => new Mounted([{ ...mount, fallback }])).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
    );
  });
});
