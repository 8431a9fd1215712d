/** lws-common.js on somebody's page, under the strictest policy that lets scripts of the own server run. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Chromium, chromiumMissing } from './chromium.ts';
import type { OverlayStyle, ProbedPage } from './page-probe.ts';
import { untilClear, untilDim } from './test-page.ts';

const asset = new URL('../../packages/protocols/assets/lws-common.js', import.meta.url);
const policy = "default-src 'self'; base-uri 'none'";
vi.setConfig({ testTimeout: 60_000 });

const reason = chromiumMissing();
/** For what takes as long as a busy machine makes it. */
const eventually = { timeout: 10_000 };
let browser: Chromium;
let page: Page;
let lwsCommon: string;
let contents = new Map<string, string>();

beforeAll(async () => {
  if (reason !== undefined) return;
  lwsCommon = await readFile(fileURLToPath(asset), 'utf8');
  browser = await Chromium.launch();
  page = await browser.newPage();
  await page.route('**/*', async (route) => {
    const { pathname } = new URL(route.request().url());
    await route.fulfill({
      contentType: pathname.endsWith('.js') ? 'text/javascript' : 'text/html',
      headers: { 'content-security-policy': policy },
      body: contents.get(pathname) ?? '',
    });
  });
}, 60_000);

afterAll(async () => {
  if (reason === undefined) await browser.close();
});

beforeEach((ctx) => {
  if (reason !== undefined) ctx.skip(reason);
});

// What a test has not looked at by then must be nothing.
afterEach(() => {
  const complaints = reason === undefined ? browser.takeComplaints() : [];
  if (complaints.length > 0) throw new Error(`the page complained:\n${complaints.join('\n')}`);
});

/**
 * Shows the page something whose head loads lws-common.js and then runs `inHead`; nothing of it comes from
 * a network.
 */
async function open(inHead = '', { body = '<body>', url = 'https://lws.test/page.html' } = {}) {
  const common = '<script src="/lws-common.js"></script>';
  const html = `<!doctype html><title>page</title>${common}<script src="/head.js"></script>${body}<p>text`;
  contents = new Map([
    ['/lws-common.js', lwsCommon],
    ['/head.js', inHead],
    ['/page.html', html],
  ]);
  await page.goto(url);
}

/** What the dimming looks like to the page. */
async function overlay(): Promise<OverlayStyle> {
  return await page.evaluate(() => (globalThis as ProbedPage).pageProbe.overlayStyle());
}

describe('lws_gray_out', () => {
  test('dims from the head, before there is a body, and clears', async () => {
    await open("lws_gray_out(true,{'zindex':'499'});");
    await untilDim(page);
    expect(await overlay()).toEqual({
      zIndex: '499',
      opacity: '0.7',
      backgroundColor: 'rgb(0, 0, 0)',
      position: 'fixed',
    });
    await page.evaluate('lws_gray_out(false)');
    await untilClear(page);
  });

  test('dims and clears before there is a body: the page is clear', async () => {
    await open('lws_gray_out(true); lws_gray_out(false);');
    await untilClear(page);
    expect(await page.locator('body').getAttribute('aria-busy')).toBeNull();
  });

  test('is the same called twice, and loaded twice', async () => {
    await open(`lws_gray_out(true); lws_gray_out(true);\n`);
    await page.addScriptTag({ url: '/lws-common.js' });
    await page.evaluate('lws_gray_out(true, { zindex: 7 })');
    await untilDim(page);
    expect(await page.locator('#lws-gray-out').count()).toBe(1);
    expect(await overlay()).toMatchObject({ zIndex: '7' });
    await page.evaluate('lws_gray_out(false); lws_gray_out(false);');
    await untilClear(page);
  });

  test.each([
    ["{ zindex: -3, opacity: '80', bgcolor: 'rgb(1 2 3)' }", '-3', '0.8', 'rgb(1, 2, 3)', []],
    ['{ opacity: 0 }', '50', '0', 'rgb(0, 0, 0)', []],
    ['null', '50', '0.7', 'rgb(0, 0, 0)', []],
    ["{ zindex: '4;9' }", '50', '0.7', 'rgb(0, 0, 0)', ['zindex must be an integer of 32 bits']],
    ['{ zindex: 4294967296 }', '50', '0.7', 'rgb(0, 0, 0)', ['zindex must be an integer']],
    ['{ opacity: 101 }', '50', '0.7', 'rgb(0, 0, 0)', ['opacity must be a number from 0 to 100']],
    ["{ opacity: '' }", '50', '0.7', 'rgb(0, 0, 0)', ['opacity must be a number from 0 to 100']],
    [
      "{ bgcolor: 'url(https://example.com/x)' }",
      '50',
      '0.7',
      'rgb(0, 0, 0)',
      ['bgcolor must be a CSS colour'],
    ],
    ['{ color: 1 }', '50', '0.7', 'rgb(0, 0, 0)', ['unknown option color']],
  ])('reads %s', async (options, zIndex, opacity, backgroundColor, warnings) => {
    await open(`lws_gray_out(true, ${options});`);
    await page.locator('#lws-gray-out').waitFor({ state: 'attached' });
    expect(await overlay()).toMatchObject({ zIndex, opacity, backgroundColor });
    const complaints = browser.takeComplaints();
    expect(complaints).toEqual(
      warnings.map((warning) => expect.stringContaining(`warning: lws_gray_out: ${warning}`)),
    );
  });

  test("gives the page's own aria-busy back", async () => {
    await open('lws_gray_out(true); lws_gray_out(true);', {
      body: '<body aria-busy="false">',
    });
    const busy = page.locator('body');
    expect(await busy.getAttribute('aria-busy')).toBe('true');
    await page.evaluate('lws_gray_out(false)');
    expect(await busy.getAttribute('aria-busy')).toBe('false');
  });

  test('tells a screen reader of a connection that stays away, and of its return, not of a short gap', async () => {
    await open('lws_gray_out(true); lws_gray_out(false);');
    const status = page.getByRole('status');
    await page.waitForTimeout(800);
    expect(await status.textContent()).toBe('');
    await page.evaluate('lws_gray_out(true)');
    await expect.poll(() => status.textContent(), eventually).toBe('Not connected to the server.');
    await page.evaluate('lws_gray_out(false)');
    await expect.poll(() => status.textContent(), eventually).toBe('Connected to the server.');
  });

  test('does not fade for who wants less motion', async () => {
    await open();
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.evaluate('lws_gray_out(true)');
    expect(await overlay()).toMatchObject({ opacity: '0.7' });
    await page.evaluate('lws_gray_out(false)');
    expect(await page.locator('#lws-gray-out').isVisible()).toBe(false);
  });
});

test.each([
  ['https://lws.test/page.html?c#d', '""', 'wss://lws.test/'],
  ['https://lws.test/page.html', 'undefined', 'wss://lws.test/'],
  ['http://lws.test:8080/page.html', '"?mirror=x"', 'ws://lws.test:8080/?mirror=x'],
  ['http://lws.test:8080/page.html', '"/chat"', 'ws://lws.test:8080/chat'],
  ['http://lws.test/page.html', '"//evil.test/chat"', 'ws://lws.test/evil.test/chat'],
])('get_appropriate_ws_url on %s of %s is %s', async (url, extra, expected) => {
  await open('', { url });
  expect(await page.evaluate(`get_appropriate_ws_url(${extra})`)).toBe(expected);
});
