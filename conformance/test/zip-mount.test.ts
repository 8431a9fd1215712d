/** Archives behind mounts, by real sockets: pass-through, q-values, validators, ranges, replacement. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { httpMounts } from '@lws-ts/http-mounts';
import { vfs } from '@lws-ts/vfs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const page = '<p>The same words, again and again.</p>\n'.repeat(100);
const base = realpathSync(mkdtempSync(join(tmpdir(), 'lws-zip-mount-')));
const zip = join(base, 'site.zip');
const modules = () => [http(), httpMounts(), vfs()] as const;
let context: Context<ReturnType<typeof modules>>;

/** One file, stored or deflated, made by Python's zipfile: not by anything of ours. */
function pack(path: string, files: Readonly<Record<string, string>>): void {
  const script = [
    'import json, sys, zipfile',
    'with zipfile.ZipFile(sys.argv[1], "w") as archive:',
    '  for name, text in json.loads(sys.argv[2]).items():',
    '    info = zipfile.ZipInfo(name, (2020, 2, 3, 4, 5, 6))',
    '    info.external_attr = 0o644 << 16',
    '    method = zipfile.ZIP_STORED if name.endswith(".txt") else zipfile.ZIP_DEFLATED',
    '    archive.writestr(info, text, method)',
  ].join('\n');
  execFileSync('python3', ['-c', script, path, JSON.stringify(files)]);
}

function get(
  path: string,
  headers: Record<string, string> = {},
  port = context.vhosts[0]?.port,
): Promise<{ message: IncomingMessage; body: Buffer }> {
  return new Promise((resolve, reject) => {
    request({ port, path, headers, agent: false }, (message) => {
      const pieces: Buffer[] = [];
      message.on('data', (piece: Buffer) => pieces.push(piece));
      message.on('end', () => resolve({ message, body: Buffer.concat(pieces) }));
      message.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

let hasArchivers = true;
try {
  execFileSync('python3', ['-c', 'import zipfile']);
  execFileSync('zip', ['-v'], { stdio: 'ignore' });
} catch {
  hasArchivers = false;
}

describe.skipIf(!hasArchivers)('a mount of an archive (needs python3 and zip to make one)', () => {
  beforeAll(async () => {
    pack(zip, { 'index.html': page, 'dir/in.html': 'inner', 'plain.txt': '0123456789' });
    context = await createContext({
      use: modules(),
      port: 0,
      interface: '127.0.0.1',
      mounts: [
        { mountpoint: '/docs', origin: `file://${zip}` },
        { mountpoint: '/all', origin: `file://${base}` },
        { mountpoint: '/listed', origin: `file://${zip}`, def: 'none.html', listing: true },
        { mountpoint: '/inner', origin: `file://${zip}/dir`, def: 'in.html' },
      ],
    });
  });
  afterAll(async () => {
    await context.close({ deadlineSecs: 0 });
    rmSync(base, { recursive: true });
  });

  test.each(['gzip', 'gzip, deflate, br', 'GZIP;q=0.5', '*', 'x-gzip'])(
    '%s: as it is',
    async (field) => {
      const { message, body } = await get('/docs/index.html', { 'accept-encoding': field });
      expect(message.headers).toMatchObject({
        'content-encoding': 'gzip',
        'content-length': String(body.length),
        vary: 'accept-encoding',
        'content-type': expect.stringContaining('text/html'),
        'last-modified': 'Mon, 03 Feb 2020 04:05:06 GMT',
      });
      expect(gunzipSync(body).toString()).toBe(page);
      expect(body.length).toBeLessThan(page.length / 4);
    },
  );

  test.each(['gzip;q=0', 'identity', 'gzip;q=0.1, identity;q=1', '*;q=0', ''])(
    '%j: unpacked',
    async (field) => {
      const { message, body } = await get('/docs/index.html', { 'accept-encoding': field });
      expect([message.headers['content-encoding'], message.headers['vary']]).toEqual([
        undefined,
        'accept-encoding',
      ]);
      expect(body.toString()).toBe(page);
    },
  );

  test('each encoding has a tag of its own, and is revalidated by it', async () => {
    const gzip = { 'accept-encoding': 'gzip' };
    const one = (await get('/docs/index.html', gzip)).message.headers.etag as string;
    const other = (await get('/docs/index.html')).message.headers.etag as string;
    expect(one).not.toBe(other);
    const statusOf = async (tag: string, more = {}): Promise<number | undefined> =>
      (await get('/docs/index.html', { 'if-none-match': tag, ...more })).message.statusCode;
    expect([await statusOf(one, gzip), await statusOf(other)]).toEqual([304, 304]);
    expect([await statusOf(other, gzip), await statusOf(one)]).toEqual([200, 200]);
  });

  test('ranges of both encodings and of a stored entry', async () => {
    const whole = (await get('/docs/index.html', { 'accept-encoding': 'gzip' })).body;
    const part = await get('/docs/index.html', { 'accept-encoding': 'gzip', range: 'bytes=5-40' });
    expect([part.message.statusCode, part.body]).toEqual([206, whole.subarray(5, 41)]);
    const plain = await get('/docs/index.html', { range: 'bytes=-7' });
    expect([plain.message.statusCode, plain.body.toString()]).toEqual([206, page.slice(-7)]);
    expect((await get('/docs/plain.txt', { range: 'bytes=2-4' })).body.toString()).toBe('234');
  });

  test('a directory in it, and its root without a slash', async () => {
    expect((await get('/inner/')).body.toString()).toBe('inner');
    const { message } = await get('/docs');
    expect([message.statusCode, message.headers.location]).toEqual([301, '/docs/']);
    expect((await get('/docs/none.html')).message.statusCode).toBe(404);
  });

  test('what has the same length and time in another archive has another tag', async () => {
    const tags: unknown[] = [];
    for (const text of ['0123456789', '9876543210']) {
      pack(join(base, `${text}.zip`), { 'plain.txt': text });
      tags.push((await get(`/all/${text}.zip/plain.txt`)).message.headers.etag);
    }
    expect(new Set(tags).size).toBe(2);
  });

  test.each([
    ['stored', 'big.txt'],
    ['deflated', 'big.html'],
  ])('a long entry with a wrong checksum never arrives whole, %s', async (how, name) => {
    const wrong = join(base, `wrong-${how}.zip`);
    const text = 'words '.repeat(3_000_000);
    const script = [
      'import struct, sys, zipfile, zlib',
      'path, name, method = sys.argv[1:]',
      'text = b"words " * 3000000',
      'with zipfile.ZipFile(path, "w") as archive:',
      '  archive.writestr(name, text, int(method))',
      'right = struct.pack("<I", zlib.crc32(text))',
      'data = open(path, "rb").read()',
      'open(path, "wb").write(data.replace(right, b"\\1\\2\\3\\4"))',
    ].join('\n');
    execFileSync('python3', ['-c', script, wrong, name, how === 'stored' ? '0' : '8']);
    const got = await get(`/all/wrong-${how}.zip/${name}`).catch((error: Error) => error.message);
    expect(got).toMatch(/^aborted$|ECONNRESET/);
    const part = await get(`/all/wrong-${how}.zip/${name}`, { range: 'bytes=0-5' });
    expect(part.body.toString()).toBe(text.slice(0, 6));
  });

  test('directories are listed where the mount asks for it', async () => {
    const { message, body } = await get('/listed/');
    const links = [...body.toString().matchAll(/<a href="([^"]*)">/g)].map(([, href]) => href);
    expect([message.statusCode, links]).toEqual([200, ['./dir/', './index.html', './plain.txt']]);
    expect(body.toString()).toContain('2020-02-03 04:05');
    expect((await get('/listed/dir/')).body.toString()).toContain('./in.html');
    expect((await get('/docs/dir/')).message.statusCode).toBe(404);
  });

  test('an entry that is not served is a line of the log; the rest is served', async () => {
    const linked = join(base, 'linked.zip');
    symlinkSync('/etc/hostname', join(base, 'link'));
    execFileSync('zip', ['-q', '-y', linked, 'link', 'site.zip'], { cwd: base });
    const lines: string[] = [];
    const mask = setLogLevel(undefined, (level, line) => lines.push(`${level} ${line}`));
    try {
      const one = await createContext({
        use: modules(),
        port: 0,
        interface: '127.0.0.1',
        mounts: [
          { mountpoint: '/', origin: `file://${linked}`, extraMimetypes: { '*': 'text/plain' } },
        ],
      });
      const port = one.vhosts[0]?.port;
      const statusOf = async (path: string) => (await get(path, {}, port)).message.statusCode;
      expect([await statusOf('/link'), await statusOf('/site.zip/dir/in.html')]).toEqual([
        404, 200,
      ]);
      expect(one.counters.refused.get('LWS_ERR_VFS_ZIP_ENTRY')).toBe(1);
      await one.close({ deadlineSecs: 0 });
    } finally {
      setLogLevel(mask, null);
    }
    expect(lines).toContain(
      `warn ${linked}: 1 of 2 entries are not served: link: it is a link or a device`,
    );
  });

  test('one that is replaced is seen; a damaged one is 500, and refused when it is mounted', async () => {
    pack(`${zip}.new`, { 'index.html': page, 'fresh.html': 'fresh' });
    renameSync(`${zip}.new`, zip);
    expect((await get('/docs/fresh.html')).body.toString()).toBe('fresh');
    writeFileSync(`${zip}.new`, 'PK this is no archive');
    renameSync(`${zip}.new`, zip);
    expect((await get('/docs/other.html')).message.statusCode).toBe(500);
    await expect(
      createContext({
        use: modules(),
        port: 0,
        mounts: [{ mountpoint: '/', origin: `file://${zip}` }],
      }),
    ).rejects.toMatchObject({ code: 'LWS_ERR_VFS_ZIP' });
  });
});
