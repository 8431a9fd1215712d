import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { CodedError, FopsFile, FopsFlags, HttpFields } from '@lws-ts/interface';
import { VirtualClock } from '@lws-ts/test-kit';
import { DiskFops, FopsBase } from '@lws-ts/vfs';
import { describe, expect, test } from 'vitest';
import { AbsentSiblings } from '../src/absent-siblings.ts';
import { CodingChooser } from '../src/content-coding.ts';
import { diskRoot, Mounted } from './mounted.ts';

const accepted = (field: string | undefined) =>
  new CodingChooser()
    .accepted(field)
    .map(({ name }) => name || 'plain')
    .join(' ');

describe('Accept-Encoding', () => {
  test.each([
    [undefined, 'plain'],
    ['', 'plain'],
    ['gzip', 'gzip plain'],
    ['GZip', 'gzip plain'],
    ['x-gzip', 'gzip plain'],
    ['gzip, deflate, br, zstd', 'br zstd gzip plain'],
    ['gzip;q=1.0, br;q=0.5, zstd;q=0.7', 'gzip zstd br plain'],
    ['br;q=0, gzip', 'gzip plain'],
    ['br;q=0.000,gzip;q=0.001', 'gzip plain'],
    ['*', 'br zstd gzip plain'],
    ['*;q=0', 'plain'],
    ['*;q=0.5, br;q=0', 'zstd gzip plain'],
    ['gzip;q=0, *', 'br zstd plain'],
    ['gzip \t; q=0.5 , br', 'br gzip plain'],
    ['gzip; Q=0.5', 'gzip plain'],
    ['identity', 'plain'],
    ['identity, gzip;q=0.5', 'plain'],
    ['identity;q=0.5, gzip', 'gzip plain'],
    ['identity;q=0, gzip', 'gzip plain'],
    ['identity;q=0', 'plain'],
    ['deflate, compress', 'plain'],
    ['br, br;q=0', 'br plain'],
    // A weight that cannot be read is no wish
    ['gzip;q=2, br', 'br plain'],
    ['gzip;q=, br', 'br plain'],
    ['gzip;q=0.1234', 'plain'],
    ['gzip;q=-1', 'plain'],
    ['gzip;level=9', 'plain'],
    ['gzip;q=1;x', 'plain'],
    [',,gzip,,', 'gzip plain'],
    [';q=1', 'plain'],
    ['constructor, __proto__', 'plain'],
    [`${'x,'.repeat(31)}br`, 'br plain'],
    [`${'x,'.repeat(32)}br`, 'plain'],
    [`br${' '.repeat(1022)}`, 'br plain'],
    [`br${' '.repeat(1023)}`, 'plain'],
  ])('%.60s takes %s', (field, expected) => {
    expect(accepted(field)).toBe(expected);
  });

  test('is remembered, and read again when it is another', () => {
    const chooser = new CodingChooser();
    const first = chooser.accepted('br');
    expect(chooser.accepted('br')).toBe(first);
    expect(chooser.accepted('gzip')).not.toEqual(first);
    expect(chooser.accepted('br')).toEqual(first);
  });

  test('of 16 KiB costs no more than a look at it', () => {
    for (const unit of ['gzip;q=0.1,', ',', ' ', ';', 'a;q=', '\t ']) {
      const fields = [unit.repeat(16_384 / unit.length), unit.repeat(1024 / unit.length)];
      const before = process.cpuUsage().user;
      for (const field of fields) for (let time = 0; time < 20; time++) accepted(field);
      expect((process.cpuUsage().user - before) / 1000 / 40).toBeLessThan(5);
    }
  });
});

const LARGE = 'large '.repeat(30_000);
const root = diskRoot({
  'a.js': 'plain',
  'a.js.br': 'as br',
  'a.js.zst': 'as zstd',
  'a.js.gz': 'as gzip',
  'only-gz.js': 'plain',
  'only-gz.js.gz': gzipSync('plain'),
  'alone.js': 'plain',
  'large.txt': LARGE,
  'large.txt.gz': 'x'.repeat(100_000),
  'page/index.html': 'plain page',
  'page/index.html.br': 'page as br',
  'gone.js.br': 'original gone',
  'dir.js': 'plain',
  'dir.js.br/x': '',
  '.dot.js.br': 'SECRET',
  'b.unknown.br': 'SECRET',
});
const LONG_AGO = new Date('2020-02-02T02:02:02.002Z');
for (const name of ['a.js', 'a.js.br', 'a.js.gz', 'alone.js'])
  utimesSync(join(root, name), LONG_AGO, LONG_AGO);
const mount = { mountpoint: '/', origin: `file://${root}`, precompressed: true };
const mounted = new Mounted([
  mount,
  { ...mount, mountpoint: '/one.js', origin: `file://${root}/a.js` },
]);

const ask = (of: Mounted, path: string, encoding: string | undefined, method = 'GET') =>
  of.ask({
    method,
    path,
    fields: encoding === undefined ? [] : [['accept-encoding', encoding]],
  });

describe.each([1, 2])('asked %i times', (times) => {
  test.each([
    ['/a.js', 'gzip, deflate, br, zstd', 'br', 'as br'],
    ['/a.js', 'gzip, zstd', 'zstd', 'as zstd'],
    ['/a.js', 'gzip', 'gzip', 'as gzip'],
    ['/a.js', 'gzip, br;q=0.1', 'gzip', 'as gzip'],
    ['/a.js', undefined, undefined, 'plain'],
    ['/a.js', 'identity', undefined, 'plain'],
    ['/a.js', 'br;q=0', undefined, 'plain'],
    ['/only-gz.js', 'br', undefined, 'plain'],
    ['/alone.js', 'gzip, br, zstd', undefined, 'plain'],
    ['/dir.js', 'br', undefined, 'plain'],
    ['/page/', 'br', 'br', 'page as br'],
    ['/page/', 'gzip', undefined, 'plain page'],
    ['/one.js', 'br', 'br', 'as br'],
    ['/one.js', undefined, undefined, 'plain'],
  ])('%s for %s is encoded as %s', async (path, field, coding, text) => {
    for (let time = 1; time < times; time++) await ask(mounted, path, field);
    const answer = await ask(mounted, path, field);
    expect([answer.status, answer.text]).toEqual([200, text]);
    expect(answer.fields.get('content-encoding')).toBe(coding);
    expect(answer.fields.get('vary')).toBe('accept-encoding');
    expect(answer.fields.get('content-type')).toMatch(/^text\/(?:javascript|html)/);
    expect(answer.reported).toEqual([]);
  });
});

test('a neighbour is what it says: gunzipped, it is the file', async () => {
  const answer = await ask(mounted, '/only-gz.js', 'gzip');
  expect(gunzipSync(answer.bytes).toString()).toBe('plain');
});

test('fields of a name are one list, RFC 9110 §5.2', async () => {
  const fields: HttpFields = [
    ['accept-encoding', 'gzip, br;q=0.5'],
    ['accept-encoding', 'zstd;q=0, br'],
  ];
  const answer = await mounted.ask({ path: '/only-gz.js', fields });
  expect(answer.fields.get('content-encoding')).toBe('gzip');
  const other = await mounted.ask({
    path: '/a.js',
    fields: [
      ['accept-encoding', 'identity'],
      ['accept-encoding', 'br'],
    ],
  });
  expect(other.fields.get('content-encoding')).toBe('br');
});

test('without the option neighbours are files like any other', async () => {
  const plain = new Mounted([{ ...mount, precompressed: false }]);
  const answer = await ask(plain, '/a.js', 'br, gzip');
  expect([answer.text, answer.fields.get('vary')]).toEqual(['plain', undefined]);
  expect(answer.fields.get('content-encoding')).toBeUndefined();
});

test('a large neighbour is streamed; HEAD tells its length', async () => {
  const answer = await ask(mounted, '/large.txt', 'gzip');
  expect([answer.fields.get('content-encoding'), answer.bodyLength]).toEqual(['gzip', 100_000]);
  const head = await ask(mounted, '/large.txt', 'gzip', 'HEAD');
  expect([head.length, head.bodyLength]).toEqual([100_000, 0]);
  expect(head.fields).toEqual(answer.fields);
  expect((await ask(mounted, '/large.txt', undefined)).text).toBe(LARGE);
});

test('each encoding has its own tag, and its own ranges', async () => {
  const tags = new Map<string, string>();
  for (const field of ['br', 'zstd', 'gzip', 'identity'])
    tags.set(field, (await ask(mounted, '/a.js', field)).fields.get('etag') ?? '');
  expect(new Set(tags.values()).size).toBe(4);
  for (const [field, tag] of tags) {
    const unchanged = await mounted.ask({
      path: '/a.js',
      fields: [
        ['accept-encoding', field],
        ['if-none-match', tag],
      ],
    });
    expect([unchanged.status, unchanged.fields.get('etag')]).toEqual([304, tag]);
    expect(unchanged.fields.get('vary')).toBe('accept-encoding');
    const other = [...tags.values()].find((each) => each !== tag) ?? '';
    const changed = [
      ['accept-encoding', field],
      ['if-none-match', other],
    ] as const;
    expect((await mounted.ask({ path: '/a.js', fields: changed })).status).toBe(200);
  }
  const range = [
    ['accept-encoding', 'br'],
    ['range', 'bytes=3-'],
  ] as const;
  const part = await mounted.ask({ path: '/a.js', fields: range });
  expect([part.status, part.text, part.fields.get('content-encoding')]).toEqual([206, 'br', 'br']);
  expect(part.fields.get('content-range')).toBe('bytes 3-4/5');
});

test.each([
  ['/.dot.js', 404],
  ['/b.unknown', 404],
  ['/none.js', 404],
  ['/a.js/', 404],
  ['/page', 301],
])('%s is %i, whatever neighbours it has', async (path, status) => {
  const answer = await ask(mounted, path, 'br, gzip, zstd');
  expect([answer.status, answer.text.includes('SECRET')]).toEqual([status, false]);
});

describe('the disk', () => {
  class Counting extends FopsBase {
    readonly opened: string[] = [];
    exhausted = false;
    override open(
      path: string,
      virtualPath: string,
      flags: FopsFlags,
      done: (file: FopsFile | CodedError) => void,
    ): void {
      this.opened.push(virtualPath);
      if (this.exhausted)
        done({ code: 'LWS_ERR_VFS_NO_DESCRIPTORS', message: '', hint: '', status: 503 });
      else super.open(path, virtualPath, flags, done);
    }
  }

  test('is asked once a second for what is not there', async () => {
    const fops = new Counting('counting', new DiskFops());
    const clock = new VirtualClock(Date.now());
    const counted = new Mounted([mount], { fops, clock });
    for (let ms = 0; ms < 2000; ms += 100) {
      expect((await ask(counted, '/alone.js', 'br, gzip')).text).toBe('plain');
      await clock.advance(100);
    }
    const once = ['/alone.js.br', '/alone.js.gz', '/alone.js'];
    expect(fops.opened).toEqual([...once, ...once]);
  });

  test('has the last word: what appears is found, what goes is gone, within a second', async () => {
    const changing = diskRoot({ 'a.js': 'plain' });
    const clock = new VirtualClock(Date.now());
    const files = new Mounted([{ ...mount, origin: `file://${changing}` }], { clock });
    expect((await ask(files, '/a.js', 'br')).text).toBe('plain');
    writeFileSync(join(changing, 'a.js.br'), 'as br');
    expect((await ask(files, '/a.js', 'br')).text).toBe('plain');
    await clock.advance(1000);
    expect((await ask(files, '/a.js', 'br')).text).toBe('as br');
    rmSync(join(changing, 'a.js.br'));
    await clock.advance(1000);
    expect((await ask(files, '/a.js', 'br')).text).toBe('plain');
  });

  test('without descriptors serves what is in memory, and forgets no neighbour', async () => {
    const fops = new Counting('counting', new DiskFops());
    const clock = new VirtualClock(Date.now());
    const counted = new Mounted([mount], { fops, clock });
    expect((await ask(counted, '/a.js', 'br')).text).toBe('as br');
    await clock.advance(1000);
    fops.exhausted = true;
    expect((await ask(counted, '/a.js', 'br')).text).toBe('as br');
    expect((await ask(counted, '/a.js', 'gzip')).status).toBe(503);
    fops.exhausted = false;
    expect((await ask(counted, '/a.js', 'gzip')).text).toBe('as gzip');
  });
});

test('no more than 4096 missing neighbours are remembered, the latest of them', () => {
  const absent = new AbsentSiblings();
  for (let at = 0; at < 5000; at++) absent.add(`${at}`, 0);
  expect(absent.has('903', 0, 1)).toBe(false);
  expect(absent.has('904', 0, 1)).toBe(true);
  expect(absent.has('4999', 1, 1)).toBe(false);
  // whoever makes paths up has 4 MiB of memory that way, and no more
  absent.add('x'.repeat(1024), 0);
  absent.add('x'.repeat(1025), 0);
  expect(absent.has('x'.repeat(1024), 0, 1)).toBe(true);
  expect(absent.has('x'.repeat(1025), 0, 1)).toBe(false);
});
