/** The test server's options and exit codes, as a shell sees them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mainModule, serverMissing } from './server-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'command-line-'));
const busy = createServer();

beforeAll(async () => {
  writeFileSync(join(folder, 'test.html'), 'a page of one’s own');
  busy.listen(0, '127.0.0.1');
  await once(busy, 'listening');
});

afterAll(() => {
  busy.close();
  rmSync(folder, { recursive: true });
});

/** Runs it to its end. Once it listens `then` gets its URL, and it is told to end. */
async function run(
  args: readonly string[],
  then?: (url: string) => Promise<void>,
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [mainModule, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 15_000,
  });
  let out = '';
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = once(child, 'close');
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const listened = out.includes('Ctrl-C');
    out += text;
    const [url] = /http:\/\/\S+/.exec(out) ?? [];
    if (listened || !out.includes('Ctrl-C') || url === undefined || then === undefined) return;
    void then(url).finally(() => child.kill('SIGTERM'));
  });
  const [code] = (await ended) as [number | null];
  return { code, out, err };
}

describe.skipIf(serverMissing() !== undefined)('lws-test-server', () => {
  test('prints URL, mounts and protocols, and ends in order at SIGTERM', async () => {
    const { code, out, err } = await run(['-p', '0', '-i', '127.0.0.1'], async () => {});
    expect(out).toMatch(/^ {2}http:\/\/127\.0\.0\.1:\d+\/$/m);
    expect(out).toMatch(/^ {2}\/ +file:\/\/.+www \(test\.html\)$/m);
    expect(out).toContain('  dumb-increment-protocol (when a client names none)\n');
    expect([code, err]).toEqual([0, '']);
  });

  test('-i narrows where it listens', async () => {
    let there = '';
    let elsewhere = '';
    await run(['-p', '0', '-i', '127.0.0.2'], async (url) => {
      there = await fetch(url).then(({ status }) => String(status));
      elsewhere = await fetch(url.replace('127.0.0.2', '127.0.0.1')).then(
        ({ status }) => String(status),
        () => 'refused',
      );
    });
    expect([there, elsewhere]).toEqual(['200', 'refused']);
  });

  test('-r serves another directory', async () => {
    let page = '';
    await run(['-p', '0', '-i', '127.0.0.1', '-r', folder], async (url) => {
      page = await fetch(url).then((answer) => answer.text());
    });
    expect(page).toBe('a page of one’s own');
  });

  test.each([
    [['-d', 'err'], ''],
    [['-d', '15'], 'LWS_ERR_HTTP_METHOD_UNKNOWN'],
  ])('%o says what is logged', async (levels, line) => {
    const { err } = await run(['-p', '0', '-i', '127.0.0.1', ...levels], async (url) => {
      await fetch(url, { method: 'BREW' });
    });
    if (line === '') expect(err).toBe('');
    else expect(err).toContain(line);
  });

  test.each<[what: string, args: () => string[], code: number, says: string]>([
    ['--help', () => ['--help'], 0, ''],
    [
      'a port in use',
      () => ['-i', '127.0.0.1', '-p', String((busy.address() as { port: number }).port)],
      1,
      'EADDRINUSE',
    ],
    ['a directory that is not there', () => ['-p', '0', '-r', join(folder, 'no')], 1, 'not exist'],
    ['a file for a directory', () => ['-r', join(folder, 'test.html')], 1, 'not a directory'],
    ['an unknown option', () => ['--prot', '1'], 2, '--prot'],
    ['a reserved letter', () => ['-s'], 2, 'reserved'],
    ['an unknown level', () => ['-d', 'loud'], 2, 'loud'],
  ])('%s', async (_what, args, code, says) => {
    const ran = await run(args());
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(says);
    expect(ran.err === '').toBe(says === '');
  });
});
