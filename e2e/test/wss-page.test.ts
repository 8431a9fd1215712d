/** The test server's page in Chromium over `https:` and `wss:`, with EC and RSA certificates. */
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { devCerts } from 'lws-ts';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Chromium, chromiumMissing } from './chromium.ts';
import { ServerProcess, serverMissing } from './server-process.ts';
import { counted, draw, picture, untilCounted, untilReady, zigzag } from './test-page.ts';

vi.setConfig({ testTimeout: 60_000 });

const reason = chromiumMissing() ?? serverMissing();
const dir = mkdtempSync(join(tmpdir(), 'wss-page-'));
let browser: Chromium;
const servers: ServerProcess[] = [];

/** The certificates of one kind of keys, of a CA of their own. */
function certsOf(keys: 'ec' | 'rsa', of: string = keys) {
  return devCerts({ dir: join(dir, of), keys, names: ['localhost', '127.0.0.1'] });
}

/** What Chromium takes a certificate by that no CA of the system issued. */
function pinOf(keys: 'ec' | 'rsa'): string {
  const { publicKey } = new X509Certificate(readFileSync(certsOf(keys).sslCertFilepath));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('base64');
}

async function serve(keys: 'ec' | 'rsa', of?: string): Promise<ServerProcess> {
  const { sslCertFilepath, sslPrivateKeyFilepath } = certsOf(keys, of);
  const own = ['-s', '-C', sslCertFilepath, '-K', sslPrivateKeyFilepath];
  const server = await ServerProcess.start(0, own);
  servers.push(server);
  return server;
}

beforeAll(async () => {
  if (reason !== undefined) return;
  const pins = [pinOf('ec'), pinOf('rsa')];
  browser = await Chromium.launch([`--ignore-certificate-errors-spki-list=${pins.join()}`]);
}, 60_000);

afterAll(async () => {
  if (reason === undefined) await browser.close();
  rmSync(dir, { recursive: true, force: true });
});

beforeEach((ctx) => {
  if (reason !== undefined) ctx.skip(reason);
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

describe.each(['ec', 'rsa'] as const)('%s', (keys) => {
  let page: Page;
  let server: ServerProcess;

  beforeEach(async (ctx) => {
    if (reason !== undefined) ctx.skip(reason);
    server = await serve(keys);
    page = await browser.newPage();
  });
  afterEach(async () => {
    if (reason === undefined) await page.close();
  });

  test('it counts and draws over wss:', async () => {
    expect(server.url).toMatch(/^https:/);
    const opened: string[] = [];
    page.on('websocket', (socket) => opened.push(socket.url()));
    await page.goto(`${server.url}/`);
    await untilReady(page);
    await untilCounted(page, 5);
    expect(await counted(page)).toBeGreaterThanOrEqual(5);
    await draw(page, zigzag);
    await expect.poll(async () => (await picture(page)).ink).toBeGreaterThan(0);
    expect(opened.length).toBeGreaterThanOrEqual(3);
    for (const url of opened) expect(url).toMatch(new RegExp(`^wss://localhost:${server.port}/`));
    expect(browser.takeComplaints()).toEqual([]);
  });

  test('plain HTTP on its port is led there, path and query kept', async () => {
    await page.goto(`http://localhost:${server.port}/test.html?a=1`);
    expect(page.url()).toBe(`${server.url}/test.html?a=1`);
    await untilReady(page);
    expect(browser.takeComplaints()).toEqual([]);
  });
});

test('a certificate of a stranger is refused', async () => {
  const server = await serve('ec', 'stranger');
  const page = await browser.newPage();
  await expect(page.goto(`${server.url}/`)).rejects.toThrow('ERR_CERT_AUTHORITY_INVALID');
  await page.close();
  browser.takeComplaints();
});
