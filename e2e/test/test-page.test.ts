/** The test server's page in a real browser: counts, draws, opens and closes, lists who is connected. */
import { once } from 'node:events';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Chromium, chromiumMissing } from './chromium.ts';
import type { ProbedPage } from './page-probe.ts';
import { ServerProcess, serverMissing } from './server-process.ts';
import {
  counted,
  draw,
  inked,
  logged,
  picture,
  untilCounted,
  untilInked,
  untilReady,
  zigzag,
} from './test-page.ts';

vi.setConfig({ testTimeout: 60_000 });

const reason = chromiumMissing() ?? serverMissing();
/** For what takes as long as a busy machine makes it. */
const eventually = { timeout: 10_000, interval: 20 };
let browser: Chromium;
let server: ServerProcess;
/** Two windows of the page that stay open for all tests. */
let page: Page;
let other: Page;

beforeAll(async () => {
  if (reason !== undefined) return;
  [browser, server] = await Promise.all([Chromium.launch(), ServerProcess.start()]);
  [other, page] = [await open(), await open()];
}, 60_000);

afterAll(async () => {
  if (reason !== undefined) return;
  await Promise.all([browser.close(), server.stop()]);
});

beforeEach((ctx) => {
  if (reason !== undefined) ctx.skip(reason);
});

// No error, warning or violation of the content security policy in any test.
afterEach(() => {
  const complaints = reason === undefined ? browser.takeComplaints() : [];
  if (complaints.length > 0) throw new Error(`the page complained:\n${complaints.join('\n')}`);
});

async function open(query = ''): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${server.url}/${query}`);
  await untilReady(page);
  return page;
}

/** A client of the program's own, without a browser. */
async function connect(protocol: string, headers: Record<string, string> = {}): Promise<WebSocket> {
  const peer = new WebSocket(server.url.replace('http', 'ws'), protocol, { headers });
  await once(peer, 'open');
  return peer;
}

test('what is not there has a page with its own style', async () => {
  const missing = await browser.newPage();
  await missing.goto(`${server.url}/none`);
  const align = await missing.evaluate('getComputedStyle(document.body).textAlign');
  expect(align).toBe('center');
  // Chromium says so of each answer of that status
  expect(browser.takeComplaints()).toEqual([expect.stringContaining('status of 404')]);
  await missing.close();
});

describe('counter', () => {
  test('counts about 20 a second', async () => {
    await untilCounted(page, 5);
    const [from, at] = [await counted(page), performance.now()];
    await untilCounted(page, from + 20);
    const perSecond = ((await counted(page)) - from) / ((performance.now() - at) / 1000);
    expect(perSecond).toBeGreaterThan(10);
    expect(perSecond).toBeLessThan(25);
    await page.locator('#counter-rate', { hasText: /^\d+\.\d$/ }).waitFor();
  });

  test('starts again from 0 by the button', async () => {
    await untilCounted(page, 30);
    await page.click('#counter-reset');
    await expect.poll(() => counted(page), eventually).toBeLessThan(10);
  });

  test('says nothing to a screen reader by itself', async () => {
    const live = page.locator('[aria-live], [role=status], [role=alert], output');
    expect(await live.locator('#counter-value').count()).toBe(0);
    expect(await page.locator('#counter-value[aria-live], output#counter-value').count()).toBe(0);
  });
});

test('Chromium and the server agree on permessage-deflate, but for the mirror', async () => {
  // as text: what runs in the page is no code of this file
  const extensionsOf = (protocol: string): Promise<string> =>
    page.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket('ws://' + location.host + '/', '${protocol}');
      socket.onopen = () => {
        resolve(socket.extensions);
        socket.close();
      };
    })`);
  expect(await extensionsOf('lws-status')).toBe(
    'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
  );
  expect(await extensionsOf('lws-mirror-protocol')).toBe('');
});

describe('mirror', () => {
  beforeEach(async () => {
    if (reason !== undefined) return;
    for (const window of [other, page]) {
      await window.bringToFront();
      await window.click('#mirror-clear');
    }
  });

  test('a long name of a mirror is broken into lines', async () => {
    const narrow = await browser.newPage();
    await narrow.setViewportSize({ width: 320, height: 600 });
    await narrow.goto(`${server.url}/?mirror=${'w'.repeat(64)}`);
    await untilReady(narrow);
    expect(await narrow.evaluate('document.documentElement.scrollWidth')).toBe(320);
    await narrow.close();
  });

  test('colours and paper stay what they are where the reader chose other colours', async () => {
    const forced = await open();
    await forced.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' });
    const colourOf = (selector: string): Promise<unknown> =>
      forced.evaluate(`getComputedStyle(document.querySelector('${selector}')).backgroundColor`);
    expect(await colourOf('input[value="#802020"]')).toBe('rgb(128, 32, 32)');
    const paper = await colourOf('#mirror-canvas');
    await forced.emulateMedia({ forcedColors: 'none', colorScheme: 'dark' });
    expect(await colourOf('#mirror-canvas')).toBe(paper);
    await forced.close();
  });

  test('what is drawn in one window appears in the other, pixel by pixel', async () => {
    const elsewhere = await open('?mirror=elsewhere');
    await page.bringToFront();
    await page.check('input[name="colour"][value="#0000ff"]');
    await page.check('input[name="width"][value="5"]');
    await draw(page, zigzag);
    await untilInked(other, [0, 0, 255], 500);
    const same = async (): Promise<boolean> =>
      (await picture(other)).digest === (await picture(page)).digest;
    await expect.poll(same, eventually).toBe(true);
    expect((await picture(elsewhere)).ink).toBe(0);
    await elsewhere.close();
  });

  test('clears its own window only', async () => {
    await page.check('input[name="colour"][value="#000000"]');
    await page.check('input[name="width"][value="2"]');
    await draw(page, zigzag);
    await untilInked(page, [0, 0, 0], 100);
    await untilInked(other, [0, 0, 0], 100);
    await page.click('#mirror-clear');
    expect((await picture(page)).ink).toBe(0);
    expect((await picture(other)).ink).toBeGreaterThan(100);
  });

  test('is drawn on by the arrow keys; with Shift they only move', async () => {
    const peer = await connect('lws-mirror-protocol');
    const lines: string[] = [];
    peer.on('message', (data) => lines.push(...String(data).split(';').filter(Boolean)));
    await page.locator('#mirror-canvas').focus();
    for (const key of ['ArrowRight', 'Shift+ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp'])
      await page.keyboard.press(key);
    await expect.poll(() => lines.length, eventually).toBe(4);
    expect(lines).toEqual([
      'd #000000 240 150 246 150',
      'd #000000 252 150 252 156',
      'd #000000 252 156 246 156',
      'd #000000 246 156 246 150',
    ]);
    await untilInked(page, [0, 0, 0], 10);
    peer.close();
  });

  test('draws lines and circles that come in pieces, and passes over the rest', async () => {
    const peer = await connect('lws-mirror-protocol');
    for (const piece of [
      'd #ff0000 10 10 400 1',
      '0 9;d #00ff00 10 50 400 50 9;c #0000ff 200 200 30;x;d red 1 2 3 4;d #ff00ff 1 2 3;;c ',
      '#00ffff 300 200 30;<img src=x>;d #802020 10 90 400 90 9;',
    ])
      peer.send(piece);
    await untilInked(page, [0x80, 0x20, 0x20], 1000);
    const inks = [
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [0, 255, 255],
      [255, 0, 255],
    ] as const;
    const drawn = await Promise.all(inks.map(async (ink) => (await inked(page, ink)) > 20));
    expect(drawn).toEqual([true, true, true, true, false]);
    peer.close();
  });

  test('sends what is drawn in few messages of little more than 400 bytes', async () => {
    const peer = await connect('lws-mirror-protocol');
    const messages: string[] = [];
    peer.on('message', (data) => messages.push(String(data)));
    await page.evaluate((lines) => (globalThis as ProbedPage).pageProbe.drawAtOnce(lines), 200);
    const lines = (): number => messages.join('').split(';').length - 1;
    await expect.poll(lines, eventually).toBe(200);
    const longest = Math.max(...messages.map((message) => message.length));
    expect(longest).toBeLessThan(440);
    expect(messages.length).toBeLessThanOrEqual(Math.ceil(messages.join('').length / 400));
    peer.close();
  });
});

describe('open and close', () => {
  test('closes with 3000 and its reason, and is closed with 1001', async () => {
    await page.click('#tester-open');
    await logged(page, 'open').first().waitFor();
    await page.click('#tester-close');
    expect(await logged(page, 'we close').textContent()).toContain('3000 “Bye!”');
    const ours = logged(page, 'closed').first();
    await ours.waitFor();
    // RFC 6455 §5.5.1 has the peer repeat the code; the reason is the peer's own.
    expect(await ours.textContent()).toMatch(/closed 3000 .*Bye!.*, clean$/);
    await page.click('#tester-open');
    await logged(page, 'open').nth(1).waitFor();
    await page.click('#tester-closeme');
    const theirs = logged(page, 'closed').nth(1);
    await theirs.waitFor();
    expect(await theirs.textContent()).toContain('1001 “seeya”, clean');
  });
});

/** Lines that each of these elements has. */
const linesOf = (selector: string): string =>
  `[...document.querySelectorAll('${selector}')].map((element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    return range.getClientRects().length;
  })`;

test('an address and the names of fields stand on one line each, 390 px wide', async () => {
  const narrow = await browser.newPage();
  await narrow.setViewportSize({ width: 390, height: 900 });
  await narrow.goto(`${server.url}/`);
  await untilReady(narrow);
  const rows = narrow.locator('#status-rows th');
  await expect.poll(() => rows.count(), eventually).toBe(3);
  expect(await narrow.evaluate(linesOf('#status-rows th'))).toEqual([1, 1, 1]);
  await narrow.fill('.forms input[name="text"]', 'w'.repeat(200));
  await narrow.click('button[name="send"]');
  await narrow.locator('td', { hasText: 'Send the form' }).waitFor();
  expect(await narrow.evaluate(linesOf('tbody th'))).toEqual([1, 1, 1, 1]);
  await narrow.close();
});

test('leads to the book', async () => {
  const reader = await open();
  await reader.click('text=Candide');
  await reader.locator('h2').first().waitFor();
  expect(new URL(reader.url()).pathname).toBe('/ziptest/candide.html');
  await reader.close();
});

describe('connections', () => {
  test('come and go in the list; what a client says of itself is text', async () => {
    const rows = page.locator('#status-rows tr');
    await expect.poll(() => rows.count(), eventually).toBe(2);
    const hostile = '<img src=x onerror=alert(1)>';
    const peer = await connect('lws-status', { 'user-agent': hostile });
    await expect.poll(() => rows.count(), eventually).toBe(3);
    await rows.filter({ hasText: hostile }).waitFor();
    expect(await page.locator('#status-rows img').count()).toBe(0);
    peer.close();
    await expect.poll(() => rows.count(), eventually).toBe(2);
    expect(await page.locator('#server').textContent()).toMatch(/\S · \S+ · http\/1\.1$/);
  });
});
