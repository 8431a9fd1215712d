/** What mounts of files and redirects say, as the octets of HTTP/1.1: behind the real role, over memory transports. */
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { diskRoot } from './mounted.ts';
import { get, openCallback, post } from './open-callback.ts';

const LENGTH = 200_000;
const large = new Uint8Array(LENGTH);
// No two pieces alike: one in the place of another would show.
for (let at = 0; at < LENGTH; at++) large[at] = Math.imul(at, 2_654_435_761) >>> 24;

const root = diskRoot({
  'index.html': 'home',
  'home.html': 'other home',
  'a.txt': '0123456789',
  'a.js': 'plain',
  'a.js.br': 'as br',
  'a.js.gz': 'as gzip',
  'large.bin': large,
  'large.bin.gz': large.subarray(0, 100_000),
  'sub/index.html': 'sub',
});
const longAgo = new Date('2020-02-02T02:02:02.002Z');
for (const name of ['a.txt', 'a.js', 'a.js.br', 'a.js.gz', 'large.bin', 'large.bin.gz'])
  utimesSync(join(root, name), longAgo, longAgo);

const mounts = [
  { mountpoint: '/', origin: `file://${root}`, precompressed: true },
  { mountpoint: '/only', origin: `file://${root}`, exactMatch: true },
  { mountpoint: '/only-home', origin: `file://${root}`, exactMatch: true, def: 'home.html' },
  { mountpoint: '/only-sub', origin: `file://${root}/sub`, exactMatch: true, def: 'none.html' },
  { mountpoint: '/one.txt', origin: `file://${root}/a.txt`, exactMatch: true },
  { mountpoint: '/old', origin: '>https://x.example/new' },
  { mountpoint: '/moved', origin: '>http://x.example/', status: 308, appendPath: true },
];

interface Heard {
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** Sends all of it at once, and cuts what comes into answers by their Content-Length. */
async function exchange(...requests: readonly string[]): Promise<Heard[]> {
  const { connect } = await openCallback([], mounts);
  const { peer } = await connect();
  await peer.send(requests.join('') + get('/end', 'Connection: close\r\n'));
  await vi.waitUntil(() => peer.ended);
  const heard: Heard[] = [];
  let rest = Buffer.from(peer.bytes);
  for (const request of requests) {
    const end = rest.indexOf('\r\n\r\n');
    const [line = '', ...rows] = rest.toString('latin1', 0, end).split('\r\n');
    const fields = new Map(
      rows.map((row) => [row.slice(0, row.indexOf(':')), row.slice(row.indexOf(':') + 2)] as const),
    );
    const status = Number(line.slice(9, 12));
    const bodyless = request.startsWith('HEAD ') || status === 304;
    const length = bodyless ? 0 : Number(fields.get('content-length') ?? Number.NaN);
    heard.push({ status, fields, body: rest.subarray(end + 4, end + 4 + length) });
    rest = rest.subarray(end + 4 + length);
  }
  // nothing between the answers, and nothing left over
  expect(rest.toString('latin1')).toMatch(/^HTTP\/1\.1 404 /);
  return heard;
}

async function one(path: string, fields = '', method = 'GET'): Promise<Heard> {
  const [heard] = await exchange(get(path, fields, method));
  if (heard === undefined) throw new Error('no answer');
  return heard;
}

describe('exactMatch', () => {
  test.each([
    ['a directory is its def, without a slash', '/only', 200, 'home'],
    ['and with the def of the mount', '/only-home', 200, 'other home'],
    ['with a query', '/only?a=1', 200, 'home'],
    ['a def that is not there', '/only-sub', 404, ''],
    ['one file', '/one.txt', 200, '0123456789'],
    ['nothing below', '/only/a.txt', 404, ''],
    ['not even its slash', '/only/', 404, ''],
    ['nothing that begins alike', '/onlyx', 404, ''],
  ])('%s: %s', async (_what, path, status, body) => {
    const heard = await one(path);
    expect([heard.status, heard.fields.has('location')]).toEqual([status, false]);
    if (status === 200) expect(heard.body.toString()).toBe(body);
  });
});

describe('a redirect', () => {
  test.each([
    ['/old', 301, 'https://x.example/new'],
    ['/old/a?b=1', 301, 'https://x.example/new?b=1'],
    ['/moved/a%20b', 308, 'http://x.example/a%20b'],
    ['/moved//evil.example', 308, 'http://x.example/evil.example'],
    ['/sub', 301, '/sub/'],
    ['/sub?a=%20', 301, '/sub/?a=%20'],
  ])('of %s is %i to %s', async (path, status, location) => {
    const heard = await one(path);
    expect([heard.status, heard.fields.get('location')]).toEqual([status, location]);
    expect(heard.fields.has('x')).toBe(false);
  });

  test('of a POST drops its body: nothing of it is a request', async () => {
    const heard = await exchange(post('/old', get('/sub')), get('/a.txt'));
    expect(heard.map(({ status, body }) => [status, body.toString()])).toEqual([
      [301, ''],
      [200, '0123456789'],
    ]);
  });

  test('cannot be given fields of its own by the path', async () => {
    const { connect } = await openCallback([], mounts);
    const { peer } = await connect();
    await peer.send(get('/moved/%0d%0ax:y'));
    await vi.waitUntil(() => peer.ended);
    expect(peer.text).toMatch(/^HTTP\/1\.1 400 /);
    expect(peer.text).not.toMatch(/\r\n(?:x|location):/);
  });
});

describe('a range', () => {
  test.each([
    ['/a.txt', 'bytes=2-4', 206, 'bytes 2-4/10', '234'],
    ['/a.txt', 'bytes=-3', 206, 'bytes 7-9/10', '789'],
    ['/a.txt', 'bytes=8-', 206, 'bytes 8-9/10', '89'],
    ['/a.txt', 'bytes=10-', 416, 'bytes */10', undefined],
    ['/a.txt', 'bytes=-99999999999999999999', 206, 'bytes 0-9/10', '0123456789'],
    ['/a.txt', 'bytes=0-0,0-0', 200, undefined, '0123456789'],
    ['/one.txt', 'bytes=0-0', 206, 'bytes 0-0/10', '0'],
    ['/only', 'bytes=1-2', 206, 'bytes 1-2/4', 'om'],
  ])('of %s, %s: %i', async (path, range, status, contentRange, body) => {
    const heard = await one(path, `Range: ${range}\r\n`);
    expect([heard.status, heard.fields.get('content-range')]).toEqual([status, contentRange]);
    if (body !== undefined) expect(heard.body.toString()).toBe(body);
  });

  test('of a large file is those bytes, single and multiple, between other answers', async () => {
    const [before, single, multiple, after] = await exchange(
      get('/a.txt'),
      get('/large.bin', 'Range: bytes=70000-170000\r\n'),
      get('/large.bin', 'Range: bytes=0-9,199990-\r\n'),
      get('/large.bin', 'Range: bytes=5-\r\n', 'HEAD'),
    );
    expect([before?.status, single?.status, multiple?.status, after?.status]).toEqual([
      200, 206, 206, 200,
    ]);
    expect(Buffer.compare(single?.body ?? Buffer.alloc(0), large.subarray(70_000, 170_001))).toBe(
      0,
    );
    const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(
      multiple?.fields.get('content-type') ?? '',
    )?.[1];
    const parts = multiple?.body.toString('latin1').split(`--${boundary}`) ?? [];
    expect(parts).toHaveLength(4);
    for (const [at, range, bytes] of [
      [1, 'bytes 0-9/200000', large.subarray(0, 10)],
      [2, 'bytes 199990-199999/200000', large.subarray(199_990)],
    ] as const) {
      expect(parts[at]?.toLowerCase()).toContain(`content-range: ${range}\r\n`);
      const text = Buffer.from(bytes).toString('latin1');
      expect(parts[at]?.endsWith(`\r\n\r\n${text}\r\n`)).toBe(true);
    }
    // RFC 9110 §14.2: Range is defined for GET alone
    expect(after?.fields.get('content-length')).toBe(String(LENGTH));
  });

  test('of a large file that is asked for often is those bytes out of the copy of all', async () => {
    const heard = await exchange(
      get('/large.bin'),
      get('/large.bin'),
      get('/large.bin', 'Range: bytes=70000-170000\r\n'),
      get('/a.txt'),
      get('/large.bin'),
    );
    const bodies = [
      large,
      large,
      large.subarray(70_000, 170_001),
      Buffer.from('0123456789'),
      large,
    ];
    for (const [at, body] of bodies.entries())
      expect(Buffer.compare(heard[at]?.body ?? Buffer.alloc(0), body)).toBe(0);
  });

  test('If-Range with the tag is heeded, with another one it is the whole file', async () => {
    const etag = (await one('/a.txt')).fields.get('etag') ?? '';
    expect(etag).toMatch(/^"/);
    const [same, other] = await exchange(
      get('/a.txt', `Range: bytes=0-0\r\nIf-Range: ${etag}\r\n`),
      get('/a.txt', 'Range: bytes=0-0\r\nIf-Range: "other"\r\n'),
    );
    expect([same?.status, other?.status, other?.body.length]).toEqual([206, 200, 10]);
  });
});

describe('a compressed neighbour', () => {
  test.each([
    ['br, gzip', 'br', 'as br'],
    ['gzip', 'gzip', 'as gzip'],
    ['gzip;q=1, br;q=0.1', 'gzip', 'as gzip'],
    ['br;q=0, gzip;q=0', undefined, 'plain'],
    ['deflate', undefined, 'plain'],
  ])('for %s is %s', async (accepted, coding, body) => {
    const heard = await one('/a.js', `Accept-Encoding: ${accepted}\r\n`);
    expect([heard.status, heard.fields.get('content-encoding'), heard.body.toString()]).toEqual([
      200,
      coding,
      body,
    ]);
    expect(heard.fields.get('vary')).toBe('accept-encoding');
    expect(heard.fields.get('content-type')).toMatch(/javascript/);
  });

  test('has a tag of its own, and ranges of its own bytes', async () => {
    const gzip = 'Accept-Encoding: gzip\r\n';
    const [plain, packed] = await exchange(get('/large.bin'), get('/large.bin', gzip));
    const [plainTag, packedTag] = [plain?.fields.get('etag'), packed?.fields.get('etag')];
    expect(plainTag).not.toBe(packedTag);
    expect([plain?.body.length, packed?.body.length]).toEqual([LENGTH, 100_000]);
    const [tail, known, unknown] = await exchange(
      get('/large.bin', `${gzip}Range: bytes=-1\r\n`),
      get('/large.bin', `${gzip}If-None-Match: ${packedTag}\r\n`),
      get('/large.bin', `${gzip}If-None-Match: ${plainTag}\r\n`),
    );
    expect([tail?.status, tail?.fields.get('content-range')]).toEqual([
      206,
      'bytes 99999-99999/100000',
    ]);
    expect([known?.status, known?.fields.get('vary')]).toEqual([304, 'accept-encoding']);
    expect(unknown?.status).toBe(200);
  });
});
