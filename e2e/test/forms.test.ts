/** Forms that real clients post: curl, Chromium, and uploads beside which the server's memory stays as it is. */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Chromium, chromiumMissing } from './chromium.ts';
import { missing } from './missing.ts';
import type { ProbedPage } from './page-probe.ts';
import { ServerProcess, serverMissing } from './server-process.ts';
import { untilReady } from './test-page.ts';

vi.setConfig({ testTimeout: 60_000 });

const depth = Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);
const folder = mkdtempSync(join(tmpdir(), 'lws-forms-'));
const small = join(folder, 'na;me "1".bin');
const noCurl =
  spawnSync('curl', ['--version']).status === 0 ? serverMissing() : missing('there is no curl');
let server: ServerProcess | undefined;

beforeAll(async () => {
  writeFileSync(small, Buffer.alloc(100 * 1024, 'upload\r\n--'));
  if (serverMissing() === undefined) server = await ServerProcess.start();
}, 30_000);

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function curl(...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync('curl', ['-sS', '--max-time', '30', ...args], {
    encoding: 'utf8',
  });
  return stdout + stderr;
}

describe.skipIf(noCurl !== undefined)('curl', () => {
  const post = (...args: readonly string[]): string =>
    curl('-w', '\n%{http_code}', ...args, `${server?.url}/formtest`);

  test('--data-urlencode', () => {
    const answer = post('--data-urlencode', 'text=a&b = "ü" 50%', '-d', 'send=1');
    expect(answer).toMatch(/\n200$/);
    expect(answer).toContain('<td>a&#38;b = &#34;ü&#34; 50%</td><td>13</td>');
  });

  test('-F with a field and a file of 100 KiB', () => {
    const answer = post('-F', 'text=hello', '-F', `file=@"${small.replace(/["\\]/g, '\\$&')}"`);
    expect(answer).toMatch(/\n200$/);
    expect(answer).toContain('<td>hello</td><td>5</td>');
    expect(answer).toContain('na;me &#34;1&#34;.bin<br>');
    expect(answer).toContain('<td>102400</td>');
  });

  test.each([
    [413, ['-d', `text=${'x'.repeat(2000)}`]],
    [400, ['-d', 'text=%zz']],
    [415, ['-H', 'Content-Type: text/plain', '-d', 'text=x']],
    [405, []],
  ])('is answered %i', (status, args) => {
    expect(post(...args)).toMatch(new RegExp(`\n${status}$`));
  });
});

describe.skipIf(noCurl !== undefined)('an upload', () => {
  let child: ChildProcess;
  let url = '';
  const uploads = join(folder, 'uploads');

  beforeAll(async () => {
    mkdirSync(uploads);
    child = fork(fileURLToPath(new URL('form-server.js', import.meta.url)), [uploads], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    url = `http://127.0.0.1:${port}/formtest`;
  });

  afterAll(async () => {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  });

  async function memory(): Promise<{ rss: number; kept: number }> {
    const told = once(child, 'message');
    child.send('memory');
    const [figures] = (await told) as [{ rss: number; kept: number }];
    return figures;
  }

  test.each([100, (depth > 1 ? 50 : 5) * 1024])('of %i KiB is kept on disk, by curl -F', (kib) => {
    const path = join(folder, `${kib}.bin`);
    writeFileSync(path, Buffer.alloc(kib * 1024, 'sixteen bytes\r\n-'));
    expect(curl('-F', `file=@${path}`, url)).toContain(`<td>${kib * 1024}</td>`);
    const kept = readdirSync(uploads).filter((name) =>
      readFileSync(join(uploads, name)).equals(readFileSync(path)),
    );
    expect(kept.length).toBe(1);
    for (const name of readdirSync(uploads)) rmSync(join(uploads, name));
  });

  test.each([100, (depth > 1 ? 50 : 5) * 1024])('of %i KiB takes constant memory', async (kib) => {
    const piece = Buffer.alloc(10 * 1024, 'sixteen bytes\r\n-');
    const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n';
    const tail = '\r\n--b--\r\n';
    const sent = request(url, {
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'multipart/form-data; boundary=b',
        'content-length': head.length + kib * 1024 + tail.length,
      },
    });
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    const send = async (bytes: string | Uint8Array): Promise<void> => {
      if (!sent.write(bytes)) await once(sent, 'drain');
    };
    await send(head);
    await send(piece);
    const before = await memory();
    for (let at = 10; at < kib; at += 10) await send(piece);
    // all but the end of the form is there: whatever the server keeps of it, it keeps now
    const path = (): string => join(uploads, readdirSync(uploads)[0] ?? 'none');
    while ((statSync(path(), { throwIfNoEntry: false })?.size ?? 0) < kib * 1024 - tail.length)
      await setTimeout(10);
    // what is on its way to the disk goes; what the form keeps stays until its end
    await expect
      .poll(async () => ((await memory()).kept - before.kept) / 2 ** 20, { timeout: 5000 })
      .toBeLessThan(2);
    expect(((await memory()).rss - before.rss) / 2 ** 20).toBeLessThan(80);
    sent.end(tail);
    const [answer] = await answered;
    expect(answer.statusCode).toBe(200);
    answer.resume();
    rmSync(path());
  });
});

describe.skipIf((chromiumMissing() ?? serverMissing()) !== undefined)('Chromium', () => {
  let browser: Chromium;
  beforeAll(async () => {
    browser = await Chromium.launch();
  }, 60_000);
  afterAll(() => browser.close());

  test.each([390, 1280])('posts both forms of the page, %i px wide', async (width) => {
    const page = await browser.newPage();
    await page.setViewportSize({ width, height: 900 });
    const settled = async (): Promise<void> => {
      const probed = await page.evaluate(() => {
        const { pageProbe } = globalThis as ProbedPage;
        return { faint: pageProbe.faintTexts(4.5), overhang: pageProbe.overhang() };
      });
      expect(probed).toEqual({ faint: [], overhang: 0 });
      const { length } = await page.screenshot({
        fullPage: true,
        ...(process.env['LWS_SCREENSHOTS'] === '1'
          ? {
              path: fileURLToPath(
                new URL(`../../docs/images/form-results-${width}.png`, import.meta.url),
              ),
            }
          : {}),
      });
      expect(length).toBeGreaterThan(3000);
    };
    await page.goto(`${server?.url}/`);
    await untilReady(page);
    await page.fill('.forms input[name="text"]', 'Grüße <b> & "co" 50%');
    await page.click('button[name="send"]');
    await page.locator('td', { hasText: 'Grüße <b> & "co" 50%' }).waitFor();
    await page.locator('td', { hasText: 'Send the form' }).waitFor();
    await settled();
    await page.click('text=Back');
    await untilReady(page);
    await page.setInputFiles('.forms input[name="file"]', small);
    await page.click('button[name="upload"]');
    await page.locator('td', { hasText: 'na;me "1".bin' }).waitFor();
    await page.locator('td', { hasText: '102400' }).waitFor();
    await settled();
    expect(browser.takeComplaints()).toEqual([]);
    await page.close();
  });
});
