/** lws-common.js on somebody's page, under the strictest policy that lets scripts of the own server run. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Chromium, chromiumMissing } from './chromium.ts';
import type { OverlayStyle, ProbedPage } from './page-probe.ts';
import { untilClear, untilDim } from './test-page.ts';

const asset = new URL('../../packages/protocols/assets/lws-common.js', import.meta.url);
const policy = "default-src 'self'; base-uri 'none'";
const reason = chromiumMissing();
let browser: Chromium;
let lwsCommon: string;

beforeAll(async () => {
  if (reason !== undefined) return;
  lwsCommon = await readFile(fileURLToPath(asset), 'utf8');
  browser = await Chromium.launch();
}, 60_000);

afterAll(async () => {
  if (reason === undefined) await browser.close();
});

beforeEach((ctx) => {
  if (reason !== undefined) ctx.skip(reason);
});

/** A page whose head loads lws-common.js and then runs `inHead`; nothing of it comes from a network. */
async function open(
  inHead = '',
  { body = '<body>', url = 'https://lws.test/some/page.html' } = {},
): Promise<Page> {
  const page = await browser.newPage();
  const script = '<script src="/lws-common.js"></script>';
  const html = `<!doctype html><title>page</title>${script}<script src="/head.js"></script>${body}<p>text`;
  const contents = new Map([
    ['/lws-common.js', lwsCommon],
    ['/head.js', inHead],
  ]);
  await page.route('**/*', async (route) => {
    const script = contents.get(new URL(route.request().url()).pathname);
    await route.fulfill({
      contentType: script === undefined ? 'text/html' : 'text/javascript',
      headers: { 'content-security-policy': policy },
      body: script ?? html,
    });
  });
  await page.goto(url);
  return page;
}

/** What the dimming looks like to the page. */
async function overlay(page: Page): Promise<OverlayStyle> {
  return await page.evaluate(() => (globalThis as ProbedPage).pageProbe.overlayStyle());
}

describe('lws_gray_out', () => {
  test('dims from the head, before there is a body, and clears', async () => {
    const page = await open("lws_gray_out(true,{'zindex':'499'});");
    await untilDim(page);
    expect(await overlay(page)).toEqual({
      zIndex: '499',
      opacity: '0.7',
      backgroundColor: 'rgb(0, 0, 0)',
      position: 'fixed',
    });
    await page.evaluate('lws_gray_out(false)');
    await untilClear(page);
    expect(await browser.closePages()).toEqual([]);
  });

  test('dims and clears before there is a body: the page is clear', async () => {
    const page = await open('lws_gray_out(true); lws_gray_out(false);');
    await untilClear(page);
    expect(await page.locator('body').getAttribute('aria-busy')).toBeNull();
    expect(await browser.closePages()).toEqual([]);
  });

  test('is the same called twice, and loaded twice', async () => {
    const page = await open(`lws_gray_out(true); lws_gray_out(true);\n`);
    await page.addScriptTag({ url: '/lws-common.js' });
    await page.evaluate('lws_gray_out(true, { zindex: 7 })');
    await untilDim(page);
    expect(await page.locator('#lws-gray-out').count()).toBe(1);
    expect(await overlay(page)).toMatchObject({ zIndex: '7' });
    await page.evaluate('lws_gray_out(false); lws_gray_out(false);');
    await untilClear(page);
    expect(await browser.closePages()).toEqual([]);
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
    const page = await open(`lws_gray_out(true, ${options});`);
    await page.locator('#lws-gray-out').waitFor({ state: 'attached' });
    expect(await overlay(page)).toMatchObject({ zIndex, opacity, backgroundColor });
    const complaints = await browser.closePages();
    expect(complaints).toEqual(
      warnings.map((warning) => expect.stringContaining(`warning: lws_gray_out: ${warning}`)),
    );
  });

  test("gives the page's own aria-busy back", async () => {
    const page = await open('lws_gray_out(true); lws_gray_out(true);', {
      body: '<body aria-busy="false">',
    });
    const busy = page.locator('body');
    expect(await busy.getAttribute('aria-busy')).toBe('true');
    await page.evaluate('lws_gray_out(false)');
    expect(await busy.getAttribute('aria-busy')).toBe('false');
    await browser.closePages();
  });

  test('tells a screen reader of a connection that stays away, and of its return, not of a short gap', async () => {
    const page = await open('lws_gray_out(true); lws_gray_out(false);');
    const status = page.getByRole('status');
    await page.waitForTimeout(800);
    expect(await status.textContent()).toBe('');
    await page.evaluate('lws_gray_out(true)');
    await expect.poll(() => status.textContent()).toBe('Not connected to the server.');
    await page.evaluate('lws_gray_out(false)');
    await expect.poll(() => status.textContent()).toBe('Connected to the server.');
    await browser.closePages();
  });

  test('does not fade for who wants less motion', async () => {
    const page = await open();
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.evaluate('lws_gray_out(true)');
    expect(await overlay(page)).toMatchObject({ opacity: '0.7' });
    await page.evaluate('lws_gray_out(false)');
    expect(await page.locator('#lws-gray-out').isVisible()).toBe(false);
    await browser.closePages();
  });
});

test.each([
  ['https://lws.test/a/b.html?c#d', '""', 'wss://lws.test/'],
  ['https://lws.test/a/b.html', 'undefined', 'wss://lws.test/'],
  ['http://lws.test:8080/', '"?mirror=x"', 'ws://lws.test:8080/?mirror=x'],
  ['http://lws.test:8080/', '"/chat"', 'ws://lws.test:8080/chat'],
  ['http://lws.test/', '"//evil.test/chat"', 'ws://lws.test/evil.test/chat'],
])('get_appropriate_ws_url on %s of %s is %s', async (url, extra, expected) => {
  const page = await open('', { url });
  expect(await page.evaluate(`get_appropriate_ws_url(${extra})`)).toBe(expected);
  await browser.closePages();
});
