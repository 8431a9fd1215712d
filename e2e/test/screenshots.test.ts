/**
 * The page as people see it: at phone and desktop width, light and dark.
 * LWS_SCREENSHOTS=1 puts the pictures into docs/images; otherwise they go with a temporary directory.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { Chromium, chromiumMissing } from './chromium.ts';
import type { ProbedPage } from './page-probe.ts';
import { ServerProcess, serverMissing } from './server-process.ts';
import { draw, logged, untilCounted, untilInked, untilReady, wave } from './test-page.ts';

vi.setConfig({ testTimeout: 60_000 });

const reason = chromiumMissing() ?? serverMissing();
const kept = process.env['LWS_SCREENSHOTS'] === '1';
let browser: Chromium;
let server: ServerProcess;
let directory: string;

beforeAll(async () => {
  if (reason !== undefined) return;
  directory = kept
    ? fileURLToPath(new URL('../../docs/images', import.meta.url))
    : await mkdtemp(join(tmpdir(), 'lws-screenshots-'));
  [browser, server] = await Promise.all([Chromium.launch(), ServerProcess.start()]);
}, 60_000);

afterAll(async () => {
  if (reason !== undefined) return;
  await Promise.all([browser.close(), server.stop()]);
  if (!kept) await rm(directory, { recursive: true, force: true });
});

beforeEach((ctx) => {
  if (reason !== undefined) ctx.skip(reason);
});

test.each([
  { width: 390, height: 844, colorScheme: 'light' },
  { width: 390, height: 844, colorScheme: 'dark' },
  { width: 1280, height: 900, colorScheme: 'light' },
  { width: 1280, height: 900, colorScheme: 'dark' },
] as const)('$width px, $colorScheme', async ({ width, height, colorScheme }) => {
  const page = await browser.newPage();
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme });
  await page.goto(server.url);
  await untilReady(page);

  for (const [colour, breadth, middle, phase] of [
    ['#000000', '2', 0.25, 0],
    ['#802020', '5', 0.45, 1],
    ['custom', '10', 0.65, 2],
    ['#0000ff', '5', 0.8, 3],
  ] as const) {
    await page.check(`input[name="colour"][value="${colour}"]`);
    await page.check(`input[name="width"][value="${breadth}"]`);
    await draw(page, wave(kept ? 60 : 12, middle, 0.12, phase));
  }
  await page.click('#tester-open');
  await logged(page, 'open').waitFor();
  await page.click('#tester-close');
  await logged(page, 'closed').waitFor();
  await untilCounted(page, kept ? 150 : 20);
  await untilInked(page, [0, 0, 255], 100);
  await page.evaluate(() => (globalThis as ProbedPage).pageProbe.rest());

  const probed = await page.evaluate(() => {
    const { pageProbe } = globalThis as ProbedPage;
    return { faint: pageProbe.faintTexts(4.5), overhang: pageProbe.overhang() };
  });
  expect(probed).toEqual({ faint: [], overhang: 0 });
  const path = join(directory, `test-server-${width}-${colorScheme}.png`);
  await page.screenshot({ path, fullPage: true });
  expect((await stat(path)).size).toBeGreaterThan(10_000);
  expect(browser.takeComplaints()).toEqual([]);
  await page.close();
});
