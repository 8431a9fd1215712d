/** The page is dimmed while it loads and while its server is away, the project's page and one of the notes alone. */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, protocol, setLogLevel } from 'lws-ts';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Chromium, chromiumMissing } from './chromium.ts';
import { ServerProcess, serverMissing } from './server-process.ts';
import { untilClear, untilDim, untilReady } from './test-page.ts';

/** The page must be dim this soon after its server's end. */
const noticedMs = 2000;

vi.setConfig({ testTimeout: 60_000 });

const reason = chromiumMissing();
let browser: Chromium;

beforeAll(async () => {
  if (reason === undefined) browser = await Chromium.launch();
}, 60_000);

afterAll(async () => {
  if (reason === undefined) await browser.close();
});

beforeEach((ctx) => {
  if (reason !== undefined) ctx.skip(reason);
});

/** Keeps the page's WebSockets from opening until the result is called. */
async function holdWebSockets(page: Page): Promise<() => void> {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.routeWebSocket(/./, async (socket) => {
    await released;
    socket.connectToServer();
  });
  return release;
}

describe("the test server's page", () => {
  const unbuilt = serverMissing();
  const servers: ServerProcess[] = [];

  beforeEach((ctx) => {
    if (unbuilt !== undefined) ctx.skip(unbuilt);
  });

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop('SIGKILL')));
  });

  async function start(port = 0): Promise<ServerProcess> {
    const server = await ServerProcess.start(port);
    servers.push(server);
    return server;
  }

  test('is dim while it loads, clear when connected', async () => {
    const server = await start();
    const page = await browser.newPage();
    const release = await holdWebSockets(page);
    await page.goto(server.url);
    await untilDim(page);
    await page.locator('#notice', { hasText: 'Connecting' }).waitFor();
    expect(await page.locator('body').getAttribute('aria-busy')).toBe('true');
    release();
    await untilReady(page);
    await page.locator('#notice').waitFor({ state: 'hidden' });
    expect(await page.locator('body').getAttribute('aria-busy')).toBeNull();
  });

  test('is dim before its scripts have come', async () => {
    const server = await start();
    const page = await browser.newPage();
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/test.js', async (route) => {
      await released;
      await route.continue();
    });
    await page.goto(server.url, { waitUntil: 'commit' });
    await untilDim(page);
    expect(await page.locator('#mirror-state').textContent()).toBe('Connecting');
    release();
    await untilReady(page);
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'is dim within 2 s of its end by %s, and clear after its restart',
    async (signal) => {
      const server = await start();
      const page = await browser.newPage();
      await page.goto(server.url);
      await untilReady(page);
      const ended = server.stop(signal);
      expect(await untilDim(page)).toBeLessThan(noticedMs);
      await page.locator('#notice', { hasText: 'Connection lost' }).waitFor();
      await ended;
      await start(server.port);
      await untilReady(page);
      await page.locator('#notice').waitFor({ state: 'hidden' });
    },
  );
});

describe('a page made of the four steps of the notes', () => {
  const script = fileURLToPath(
    new URL('../../packages/protocols/assets/lws-common.js', import.meta.url),
  );
  const page = `<!doctype html>
<html>
<head>
<title>Four steps</title>
<script src="/lws-common.js"></script>
</head>
<body>
<p>Nothing but the four steps, and a WebSocket.</p>
<script>
lws_gray_out(true,{'zindex':'499'});
function connect() {
  var ws = new WebSocket(get_appropriate_ws_url(''), 'four-steps');
  ws.onopen = function() { lws_gray_out(false); };
  ws.onclose = function() { lws_gray_out(true,{'zindex':'499'}); setTimeout(connect, 1000); };
}
connect();
</script>
</body>
</html>
`;
  let directory: string;

  beforeAll(async () => {
    setLogLevel('err,warn');
    directory = await mkdtemp(join(tmpdir(), 'lws-four-steps-'));
    await writeFile(join(directory, 'index.html'), page);
    await copyFile(script, join(directory, 'lws-common.js'));
  });

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  async function serve(port: number) {
    return await createContext({
      port,
      protocols: [protocol({ name: 'four-steps', ws: {} })],
      mounts: [{ mountpoint: '/', origin: `file://${directory}`, def: 'index.html' }],
    });
  }

  test('is dim while it loads, clear when connected, dim within 2 s of the end, clear after the restart', async () => {
    let context = await serve(0);
    try {
      const port = context.vhosts[0]?.port ?? 0;
      const url = `http://localhost:${port}/`;
      const loading = await browser.newPage();
      const release = await holdWebSockets(loading);
      await loading.goto(url);
      await untilDim(loading);
      release();
      await untilClear(loading);
      await loading.close();

      const staying = await browser.newPage();
      await staying.goto(url);
      await untilClear(staying);
      const closed = context.close({ deadlineSecs: 5 });
      expect(await untilDim(staying)).toBeLessThan(noticedMs);
      await closed;
      context = await serve(port);
      await untilClear(staying);
    } finally {
      await context.close({ deadlineSecs: 1 });
    }
  });
});
