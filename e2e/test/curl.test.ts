/** Every status that a file mount and the HTTP role give, as curl sees it. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createContext, type LwsContext } from 'lws-ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const packed = 'packed '.repeat(20_000);
const folder = mkdtempSync(join(tmpdir(), 'curl-'));
/** Of the access log. */
const accessLines: string[] = [];
let context: LwsContext;
let base = '';

beforeAll(async () => {
  mkdirSync(join(folder, 'www/sub'), { recursive: true });
  writeFileSync(join(folder, 'www/hello.txt'), 'hello\n');
  writeFileSync(join(folder, 'www/packed.txt'), packed);
  writeFileSync(join(folder, 'www/packed.txt.gz'), gzipSync(packed));
  writeFileSync(join(folder, 'www/sub/index.html'), '<!doctype html>sub');
  writeFileSync(join(folder, 'www/unknown.suffix'), '?');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(folder, 'logins'), 'ann:apple\n');
  symlinkSync('../secret.txt', join(folder, 'www/link.txt'));
  context = await createContext({
    port: 0,
    interface: '127.0.0.1',
    timeoutSecs: 1,
    accessLog: (line) => void accessLines.push(line),
    mounts: [
      { mountpoint: '/', origin: `file://${join(folder, 'www')}`, precompressed: true },
      { mountpoint: '/only', origin: `file://${join(folder, 'www/sub')}`, exactMatch: true },
      {
        mountpoint: '/private',
        origin: `file://${join(folder, 'www')}`,
        basicAuthLoginFile: join(folder, 'logins'),
      },
      { mountpoint: '/moved', origin: '>http://x.example/new', status: 308, appendPath: true },
    ],
  });
  base = `http://127.0.0.1:${context.vhosts[0]?.port}`;
});

afterAll(async () => {
  await context.close({ deadlineSecs: 1 });
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

async function curl(args: readonly string[]): Promise<Answer> {
  return answerOf(spawn('curl', ['-sS', '-i', '--max-time', '8', ...args]));
}

async function answerOf(child: ChildProcessWithoutNullStreams): Promise<Answer> {
  let out = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    out += text;
  });
  child.stdin.end();
  await new Promise((resolve) => child.on('close', resolve));
  const [head = '', ...rest] = out.split('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0),
    head,
    body: rest.join('\r\n\r\n'),
  };
}

describe.skipIf(!hasCurl)('curl gets', () => {
  test.each([
    [200, ['/hello.txt']],
    [200, ['/sub/']],
    [200, ['-I', '/hello.txt']],
    [301, ['/sub']],
    [304, ['-H', 'If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT', '/hello.txt']],
    [304, ['-H', 'If-None-Match: *', '/hello.txt']],
    [400, ['-H', 'Host:', '/hello.txt']],
    [400, ['-H', 'Host: a b', '/hello.txt']],
    [400, ['--path-as-is', '/..%2fsecret.txt']],
    [400, ['--path-as-is', '/../secret.txt']],
    [403, ['/link.txt']],
    [404, ['/nothing.txt']],
    [404, ['/unknown.suffix']],
    [404, ['/.htpasswd']],
    [405, ['-X', 'DELETE', '/hello.txt']],
    [405, ['-d', 'a=b', '/hello.txt']],
    [405, ['-X', 'TRACE', '/hello.txt']],
    [414, [`/${'a'.repeat(9000)}`]],
    [431, ['-H', `X: ${'a'.repeat(17_000)}`, '/hello.txt']],
    [431, [...Array.from({ length: 101 }, (_, at) => ['-H', `X-${at}: 1`]).flat(), '/hello.txt']],
    [501, ['-X', 'BREW', '/hello.txt']],
    [405, ['-H', 'Transfer-Encoding: chunked', '-d', 'x', '/hello.txt']],
  ] as const)('%i for %j', async (status, args) => {
    const path = args.at(-1) ?? '';
    const answer = await curl([...args.slice(0, -1), `${base}${path}`]);
    expect(answer.status).toBe(status);
    if (status === 405) expect(answer.head.toLowerCase()).toContain('\r\nallow: ');
    if (status === 304) expect(answer.body).toBe('');
  });

  test.each([
    ['bytes from the middle', '1-3', 'bytes 1-3/6', 'ell'],
    ['the last bytes', '-2', 'bytes 4-5/6', 'o\n'],
    ['all from a place on', '4-', 'bytes 4-5/6', 'o\n'],
  ])('%s with -r', async (_what, range, contentRange, body) => {
    const answer = await curl(['-r', range, `${base}/hello.txt`]);
    expect([answer.status, answer.body]).toEqual([206, body]);
    expect(answer.head).toContain(`\r\ncontent-range: ${contentRange}`);
  });

  test('two ranges with -r, and 416 for one that lies outside', async () => {
    const two = await curl(['-r', '0-0,4-4', `${base}/hello.txt`]);
    expect(two.status).toBe(206);
    expect(two.body.match(/^content-range: .*$/gim)).toEqual([
      expect.stringMatching(/bytes 0-0\/6/),
      expect.stringMatching(/bytes 4-4\/6/),
    ]);
    expect((await curl(['-r', '6-', `${base}/hello.txt`])).status).toBe(416);
  });

  test('a compressed neighbour with --compressed, the file itself without', async () => {
    const plain = await curl([`${base}/packed.txt`]);
    expect([plain.status, plain.body === packed]).toEqual([200, true]);
    expect(plain.head).not.toContain('content-encoding');
    const small = await curl(['--compressed', `${base}/packed.txt`]);
    expect([small.status, small.body === packed]).toEqual([200, true]);
    expect(small.head).toContain('\r\ncontent-encoding: gzip');
    expect(small.head).toContain(`\r\ncontent-length: ${gzipSync(packed).length}`);
  });

  test('a directory with exactMatch without a redirect, and a redirect with its path', async () => {
    const only = await curl([`${base}/only`]);
    expect([only.status, only.body]).toEqual([200, '<!doctype html>sub']);
    const moved = await curl([`${base}/moved/a%20b?c=1`]);
    expect(moved.status).toBe(308);
    expect(moved.head).toContain('\r\nlocation: http://x.example/new/a%20b?c=1');
  });

  test('what lets it in with -u, and the access log says who it was', async () => {
    accessLines.length = 0;
    const url = `${base}/private/hello.txt`;
    const statuses: number[] = [];
    for (const login of [[], ['-u', 'ann:pear'], ['-u', 'ann:apple']])
      statuses.push((await curl(['-A', 'curl', ...login, url])).status);
    expect(statuses).toEqual([401, 401, 200]);
    const told = accessLines.map((line) =>
      line.replace(/\[.*?\]/, '[]').replace(/ \d+ "-"/, ' n "-"'),
    );
    expect(told).toEqual([
      '127.0.0.1 - - [] "GET /private/hello.txt HTTP/1.1" 401 n "-" "curl"',
      '127.0.0.1 - - [] "GET /private/hello.txt HTTP/1.1" 401 n "-" "curl"',
      '127.0.0.1 - ann [] "GET /private/hello.txt HTTP/1.1" 200 n "-" "curl"',
    ]);
  });

  test('408 for a head that never ends', async () => {
    const url = `telnet://127.0.0.1:${context.vhosts[0]?.port}`;
    const half = "printf 'GET /hello.txt HTTP/1.1\\r\\nHost: a\\r\\n'; sleep 3";
    const answer = await answerOf(spawn('sh', ['-c', `(${half}) | curl -sS --max-time 8 ${url}`]));
    expect(answer.status).toBe(408);
    expect(answer.head.toLowerCase()).toContain('connection: close');
  });

  test('the same connection again and again', async () => {
    const urls = Array.from({ length: 20 }, () => `${base}/hello.txt`);
    const answer = await curl(['-w', '%{num_connects}', ...urls]);
    expect(answer.status).toBe(200);
    const connects = [...`${answer.head}${answer.body}`.matchAll(/hello\n(\d)/g)].map(([, n]) => n);
    expect(connects.length).toBe(20);
    expect(connects.join('')).toBe(`1${'0'.repeat(19)}`);
  });

  test('every refusal was counted', () => {
    const { refused } = context.counters;
    expect([...refused.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(10);
  });
});
