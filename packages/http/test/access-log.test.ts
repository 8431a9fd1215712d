import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reopenAccessLog } from '@lws-ts/http';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { answered, echo, logged, ok, openHttp } from './open-http.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function logPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'access-log-'));
  folders.push(folder);
  return join(folder, 'access.log');
}

const get = (target: string, fields = ''): string =>
  `GET ${target} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

async function linesOf(request: string): Promise<string[]> {
  const lines: string[] = [];
  const { connect } = await openHttp(echo, { accessLog: (line) => lines.push(line) });
  const { peer } = await connect();
  await peer.send(request);
  await peer.reset();
  // Who asked is another matter.
  return lines.map((line) => line.slice(line.indexOf(' ') + 1));
}

describe('a line', () => {
  test('has the combined format', async () => {
    const fields = 'Referer: http://a/\r\nUser-Agent: curl/8 (x)\r\n';
    expect(await linesOf(get('/a%20b?c', fields))).toEqual([
      '- - [01/Jan/2026:00:00:00 +0000] "GET /a%20b?c HTTP/1.1" 200 8 "http://a/" "curl/8 (x)"',
    ]);
  });

  test('comes for each request, refusals too, and says what a peer that left did not get', async () => {
    expect(await linesOf(`${get('/1')}${get('/2').replace('GET', 'HEAD')}GET /\r\n`)).toEqual([
      '- - [01/Jan/2026:00:00:00 +0000] "GET /1 HTTP/1.1" 200 6 "-" "-"',
      '- - [01/Jan/2026:00:00:00 +0000] "HEAD /2 HTTP/1.1" 200 - "-" "-"',
      expect.stringMatching(/^- - \[.*\] "-" 400 \d+ "-" "-"$/),
    ]);
    const lines: string[] = [];
    const { connect } = await openHttp(() => answered, { accessLog: (line) => lines.push(line) });
    const { peer } = await connect();
    await peer.send(get('/'));
    await peer.reset();
    expect(lines).toEqual([expect.stringContaining('"GET / HTTP/1.1" 499 - ')]);
  });

  test('counts a streamed body, without its framing', async () => {
    const lines: string[] = [];
    const { connect } = await openHttp(
      (exchange) => {
        exchange.head(200, []);
        exchange.requestWriteable();
        return {
          kind: 'answer',
          writeable() {
            exchange.body(new Uint8Array(1000));
            exchange.end();
          },
          done() {},
        };
      },
      { accessLog: (line) => lines.push(line) },
    );
    const { peer } = await connect();
    await peer.send(get('/'));
    expect(lines).toEqual([expect.stringContaining('" 200 1000 "')]);
  });

  test('says who logged in, in a way that nobody can end the field', async () => {
    const users = ['ann', '', 'a b" - [x]', '\u00c3\u00a9\n', 'x'.repeat(300)];
    const lines: string[] = [];
    const { connect } = await openHttp(
      (exchange) => {
        exchange.user = users.shift();
        return echo(exchange);
      },
      { accessLog: (line) => lines.push(line) },
    );
    const { peer } = await connect();
    for (let each = 0; each < 5; each++) await peer.send(get('/'));
    expect(lines.map((line) => line.slice(0, line.indexOf(' [01/')))).toEqual([
      '192.0.2.1 - ann',
      '192.0.2.1 - ""',
      '192.0.2.1 - a\\x20b\\"\\x20-\\x20[x]',
      '192.0.2.1 - \\xc3\\xa9\\x0a',
      `192.0.2.1 - ${'x'.repeat(192)}...`,
    ]);
  });

  test.each([
    ['quotes', 'a" 200 1 "-" "b', 'a\\" 200 1 \\"-\\" \\"b'],
    ['backslashes', 'a\\', 'a\\\\'],
    ['bytes above ASCII', 'a\u00e2\u0080\u00aeb\u009b', 'a\\xe2\\x80\\xaeb\\x9b'],
    ['tabs', 'a\tb', 'a\\x09b'],
  ])('OUT-2 escapes %s', async (_what, value, expected) => {
    const [line] = await linesOf(get('/', `User-Agent: ${value}\r\n`));
    expect(line?.endsWith(` "-" "${expected}"`)).toBe(true);
    const [other] = await linesOf(get('/', `Referer: ${value}\r\n`));
    expect(other?.endsWith(` "${expected}" "-"`)).toBe(true);
  });

  test('OUT-2 has at most 4 KiB', async () => {
    const target = `/${'"\\'.repeat(3000)}`.replaceAll('\\', 'x');
    const bad = '\u00ff'.repeat(2000);
    const [line] = await linesOf(get(target, `Referer: ${bad}\r\nUser-Agent: ${bad}\r\n`));
    expect(line?.length).toBeGreaterThan(3000);
    expect(line?.length).toBeLessThan(4096);
  });
});

describe('a file', () => {
  test('gets the lines in batches, is for its owner alone, and goes on in a new one', async () => {
    const accessLog = logPath();
    const { connect, clock, vhost } = await openHttp(echo, { accessLog });
    const { peer } = await connect();
    const lines = (path: string): number =>
      existsSync(path) ? readFileSync(path, 'latin1').split('\n').length - 1 : 0;
    await peer.send(get('/1') + get('/2'));
    expect([lines(accessLog), statSync(accessLog).mode & 0o777]).toEqual([0, 0o600]);
    await clock.advance(250);
    await vi.waitFor(() => expect(lines(accessLog)).toBe(2));
    renameSync(accessLog, `${accessLog}.1`);
    reopenAccessLog(vhost);
    await vi.waitFor(() => expect(existsSync(accessLog)).toBe(true));
    await vi.waitFor(async () => {
      await peer.send(get('/3'));
      await clock.advance(250);
      expect(lines(accessLog)).toBeGreaterThan(0);
    });
    expect(lines(`${accessLog}.1`)).toBeGreaterThanOrEqual(2);
  });

  test('has all of it when the context is closed', async () => {
    const accessLog = logPath();
    const { connect, context } = await openHttp(echo, { accessLog });
    const { peer } = await connect();
    await peer.send(get('/last'));
    await context.close({ deadlineSecs: 0 });
    await vi.waitFor(() => expect(readFileSync(accessLog, 'latin1')).toContain('GET /last '));
  });

  test.skipIf(process.platform === 'win32')(
    'that is a FIFO without a reader is not waited for',
    async () => {
      const accessLog = logPath();
      execFileSync('mkfifo', [accessLog]);
      await expect(openHttp(echo, { accessLog })).rejects.toMatchObject({
        code: 'LWS_ERR_HTTP_ACCESS_LOG',
      });
    },
  );

  test('that cannot be opened is a coded error at creation', async () => {
    await expect(openHttp(echo, { accessLog: join(logPath(), 'x', 'y') })).rejects.toMatchObject({
      code: 'LWS_ERR_HTTP_ACCESS_LOG',
    });
    await expect(openHttp(echo, { accessLog: '' })).rejects.toMatchObject({
      code: 'LWS_ERR_OPTION',
    });
  });
});

test('a promise of the log that is rejected is a line of the log of the context, one a second, and nothing else', async () => {
  const unhandled = vi.fn<() => void>();
  process.on('unhandledRejection', unhandled);
  const accessLog = (): never => Promise.reject(new Error('ENOSPC')) as never;
  const { connect, clock } = await openHttp(echo, { accessLog });
  const { peer } = await connect();
  const told = (): number => logged.filter((line) => line.includes('ENOSPC')).length;
  await peer.send(get('/') + get('/'));
  await new Promise((resolve) => void setImmediate(resolve));
  expect([peer.text, told()]).toEqual([ok('GET /') + ok('GET /'), 1]);
  await clock.advance(1000);
  await peer.send(get('/'));
  await new Promise((resolve) => void setImmediate(resolve));
  expect([told(), unhandled.mock.calls.length]).toEqual([2, 0]);
  process.off('unhandledRejection', unhandled);
});
