/** File mounts behind the real HTTP role and service loop, over memory transports. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { connectRawPeer, settle, VirtualClock } from '@lws-ts/test-kit';
import { DiskFops, vfs } from '@lws-ts/vfs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { httpMounts } from '../src/index.ts';
import { PIECE_BYTES } from '../src/piece-pool.ts';
import { descriptors, diskRoot } from './mounted.ts';

const LENGTH = 10 * 1024 * 1024;
const big = new Uint8Array(LENGTH);
// No two pieces alike: one in the place of another would show.
for (let at = 0; at < LENGTH; at++) big[at] = Math.imul(at, 2_654_435_761) >>> 24;

const base = diskRoot({
  'secret.txt': 'SECRET',
  'www/index.html': '<p>index</p>',
  'www/a.txt': 'alpha',
  'www/a b.txt': 'space',
  'www/ä.txt': 'umlaut',
  'www/sub/index.html': 'sub index',
  'www/sub/b.txt': 'beta',
  'www/.htpasswd': 'SECRET',
  'www/.well-known/x.txt': 'known',
  'www/big.txt': big,
  'www/middle.txt': big.subarray(0, 300_000),
});
const root = join(base, 'www');
mkdirSync(join(root, 'evil.com'));
symlinkSync('../secret.txt', join(root, 'out.txt'));

const use = [http(), httpMounts(), vfs()] as const;
const lines: string[] = [];
let context: Context<typeof use>;

async function make(fops = new DiskFops()): Promise<Context<typeof use>> {
  return createContext({
    use,
    clock: new VirtualClock(),
    fops,
    vhosts: [
      {
        port: -1,
        headers: { 'x-vhost': 'yes' },
        mounts: [
          { mountpoint: '/', origin: `file://${root}` },
          { mountpoint: '/mount', origin: `file://${root}/sub` },
        ],
      },
    ],
  });
}

const vhost = (of: Context<typeof use>) => {
  const [first] = of.vhosts;
  if (first === undefined) throw new Error('no vhost');
  return first;
};

beforeAll(async () => {
  context = await make();
});
beforeEach(() => {
  setLogLevel(undefined, (_level, line) => lines.push(line));
});
afterAll(async () => {
  await context.close({ deadlineSecs: 0 });
  setLogLevel(undefined, null);
});

interface Heard {
  readonly status: number;
  readonly head: string;
  readonly body: Buffer;
}

/** Cuts a stream into answers by their Content-Length. */
function answers(bytes: Uint8Array, bodyless = false): Heard[] {
  const heard: Heard[] = [];
  for (let rest = Buffer.from(bytes); rest.length > 0; ) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) throw new Error(`half a head: ${rest.toString('latin1')}`);
    const head = rest.toString('latin1', 0, end + 2);
    const status = Number(head.slice(9, 12));
    const length = Number(/^content-length: (\d+)\r$/im.exec(head)?.[1] ?? 0);
    const bodyEnd = end + 4 + (bodyless || status === 304 ? 0 : length);
    heard.push({ status, head, body: rest.subarray(end + 4, bodyEnd) });
    rest = rest.subarray(bodyEnd);
  }
  return heard;
}

const request = (target: string, more = '', method = 'GET') =>
  `${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;

async function ask(target: string, more = '', method = 'GET'): Promise<Heard> {
  const { peer } = await connectRawPeer(vhost(context));
  await peer.send(request(target, more, method));
  const [heard] = answers(peer.bytes, method === 'HEAD');
  await peer.reset();
  if (heard === undefined) throw new Error('no answer');
  return heard;
}

describe('a target', () => {
  test.each([
    ['/', 200, '<p>index</p>'],
    ['/a.txt', 200, 'alpha'],
    ['/a%20b.txt', 200, 'space'],
    ['/%61.txt', 200, 'alpha'],
    ['/%C3%A4.txt', 200, 'umlaut'],
    ['/sub/../a.txt', 200, 'alpha'],
    ['//a.txt', 200, 'alpha'],
    ['/./a.txt', 200, 'alpha'],
    ['/a.txt?x=/../y', 200, 'alpha'],
    ['/mount/b.txt', 200, 'beta'],
    ['/mount/../a.txt', 200, 'alpha'],
    ['/mount//b.txt', 200, 'beta'],
    ['/mountX/../mount/b.txt', 200, 'beta'],
    ['/.well-known/x.txt', 200, 'known'],
    ['http://localhost/a.txt', 200, 'alpha'],
    ['/mount..', 404, ''],
    ['/mountX', 404, ''],
    ['/a.txt/', 404, ''],
    ['/%252e%252e/secret.txt', 404, ''],
    ['/.htpasswd', 404, ''],
    ['/%2ehtpasswd', 404, ''],
    ['/sub/%2e%2e/.htpasswd', 404, ''],
    ['/%2e%2e%2fsecret.txt', 400, ''],
    ['/../secret.txt', 400, ''],
    ['/%2e%2e/secret.txt', 400, ''],
    ['/sub/../../secret.txt', 400, ''],
    ['/mount/../../secret.txt', 400, ''],
    ['/..%5csecret.txt', 400, ''],
    ['/..\\secret.txt', 400, ''],
    ['/%c0%ae%c0%ae/secret.txt', 400, ''],
    ['/%e0%80%ae/secret.txt', 400, ''],
    ['/%ed%a0%80.txt', 400, ''],
    ['/a.txt%00', 400, ''],
    ['/a.txt%0d%0ax:y', 400, ''],
    ['/a%2ftxt', 400, ''],
    ['/%', 400, ''],
    ['/%4', 400, ''],
    ['/out.txt', 403, ''],
    ['/sub', 301, ''],
  ])('%s: %i', async (target, status, body) => {
    const heard = await ask(target);
    expect(heard.status).toBe(status);
    expect(heard.body.toString()).toContain(body);
    expect(heard.body.toString()).not.toContain('SECRET');
    expect(heard.head).toContain('x-vhost: yes\r\n');
  });

  test.each([
    ['/sub', '/sub/'],
    ['/sub?a=1&b=%20', '/sub/?a=1&b=%20'],
    ['//evil.com', '/evil.com/'],
    ['//evil.com/..//evil.com', '/evil.com/'],
    ['/mount', '/mount/'],
    ['/sub/../sub', '/sub/'],
  ])('%s moves to %s', async (target, location) => {
    const heard = await ask(target);
    expect(heard.head).toContain(`\r\nlocation: ${location}\r\n`);
  });
});

test('conditions, HEAD and methods over the wire', async () => {
  const first = await ask('/a.txt');
  const etag = /^etag: (.*)\r$/m.exec(first.head)?.[1] ?? '';
  const again = await ask('/a.txt', `If-None-Match: ${etag}\r\n`);
  expect([again.status, again.head.includes('content-length')]).toEqual([304, false]);
  expect((await ask('/big.txt', `If-None-Match: *\r\n`)).status).toBe(304);
  for (const path of ['/a.txt', '/big.txt']) {
    const head = await ask(path, '', 'HEAD');
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect(head.head).toContain(`content-length: ${path === '/big.txt' ? LENGTH : 5}\r\n`);
  }
  expect((await ask('/a.txt', 'Content-Length: 0\r\n', 'POST')).status).toBe(405);
  expect((await ask('/a.txt', '', 'OPTIONS')).status).toBe(204);
});

test('what nobody upgrades is answered as a file', async () => {
  const heard = await ask('/a.txt', 'Connection: Upgrade\r\nUpgrade: h2c\r\n');
  expect([heard.status, heard.body.toString()]).toEqual([200, 'alpha']);
});

test('pipelined requests are answered in order, large ones between small ones', async () => {
  const { peer } = await connectRawPeer(vhost(context));
  const targets = ['/a.txt', '/middle.txt', '/sub', '/none', '/big.txt', '/a.txt'];
  await peer.send(targets.map((target) => request(target)).join(''));
  await settle(200);
  const heard = answers(peer.bytes);
  expect(heard.map(({ status, body }) => [status, status === 200 ? body.length : 0])).toEqual([
    [200, 5],
    [200, 300_000],
    [301, 0],
    [404, 0],
    [200, LENGTH],
    [200, 5],
  ]);
  expect(Buffer.compare(heard[4]?.body ?? Buffer.alloc(0), big)).toBe(0);
  await peer.reset();
});

test('a refusal is one log line and one count; a file that is not there is none', async () => {
  const own = await make();
  const { counters } = vhost(own);
  const { peer } = await connectRawPeer(vhost(own));
  lines.length = 0;
  await peer.send(request('/none.txt'));
  expect([counters.refused.size, lines]).toEqual([0, []]);
  await peer.send(request('/out.txt'));
  expect([...counters.refused]).toEqual([['LWS_ERR_VFS_OUTSIDE', 1]]);
  expect(lines).toEqual([expect.stringContaining('LWS_ERR_VFS_OUTSIDE')]);
  await own.close({ deadlineSecs: 0 });
});

test('OUT-2 a log line shows a path escaped, and not all of a long one', async () => {
  const own = await make();
  const { peer } = await connectRawPeer(vhost(own));
  lines.length = 0;
  await peer.send(request('/.%E2%80%AE%C2%85%C3%A4%F0%9F%98%80"'));
  await peer.send(request(`/.${'x'.repeat(8000)}`));
  expect(lines[0]).toMatch(
    /: a dot file was asked for: \/\.\\u\{202e\}\\u\{85\}\\u\{e4\}\\u\{1f600\}"$/,
  );
  expect(lines).toHaveLength(2);
  expect(lines[1]?.length).toBeLessThan(512);
  await own.close({ deadlineSecs: 0 });
});

describe.each([
  ['reading at once', () => new DiskFops()],
  ['reading on the thread pool', () => new DiskFops({ syncBytes: 0 })],
])('10 MiB to a peer that stops reading, %s', (_name, fops) => {
  test('hold one piece; the reset closes the file within a turn, a thousand times', async () => {
    const own = await make(fops());
    const before = descriptors();
    let most = 0;
    for (let round = 0; round < 1000; round++) {
      const { peer, server } = await connectRawPeer(vhost(own), { listening: false });
      peer.push(request('/big.txt'));
      for (let turn = 0; turn < 1_000_000 && server.written < PIECE_BYTES; turn++) await settle(1);
      await settle(1);
      expect(descriptors()).toBe(before === undefined ? undefined : before + 1);
      most = Math.max(most, server.written);
      const reset = peer.reset();
      await settle(1);
      expect(descriptors()).toBe(before);
      await reset;
    }
    // The one piece and the head.
    expect(most).toBeGreaterThan(PIECE_BYTES);
    expect(most).toBeLessThan(PIECE_BYTES + 1024);
    await own.close({ deadlineSecs: 0 });
  });

  test('all of it arrives when the peer reads on', async () => {
    const own = await make(fops());
    const before = descriptors();
    const { peer } = await connectRawPeer(vhost(own), { listening: false });
    await peer.send(request('/big.txt'));
    await settle(50);
    await peer.read(true);
    for (let turn = 0; turn < 100_000 && peer.bytes.length < LENGTH; turn += 50) await settle(50);
    const [heard] = answers(peer.bytes);
    expect(Buffer.compare(heard?.body ?? Buffer.alloc(0), big)).toBe(0);
    expect(descriptors()).toBe(before);
    await peer.reset();
    await own.close({ deadlineSecs: 0 });
  });
});
