/** What the tests see and do on the test server's page, in its words. */
import type { Locator, Page } from 'playwright-core';
import type { ProbedPage } from './page-probe.ts';

/** Waits until the page is clear and all of its own connections are open. */
export async function untilReady(page: Page): Promise<void> {
  await untilClear(page);
  for (const part of ['counter', 'mirror', 'status'])
    await page.locator(`#${part}-state[data-state="open"]`).waitFor();
}

/** Waits until nothing lies over the page. */
export async function untilClear(page: Page): Promise<void> {
  await page.waitForFunction(() => (globalThis as ProbedPage).pageProbe.isClear());
}

/** Waits until the whole page is dimmed and the pointer reaches nothing of it; gives how long that took, in ms. */
export async function untilDim(page: Page): Promise<number> {
  const begun = performance.now();
  await page.waitForFunction(() => (globalThis as ProbedPage).pageProbe.isDim());
  return performance.now() - begun;
}

/** The number on the counter. */
export async function counted(page: Page): Promise<number> {
  return await page.evaluate(() => (globalThis as ProbedPage).pageProbe.counted());
}

/** Waits until the counter shows at least that number. */
export async function untilCounted(page: Page, least: number): Promise<void> {
  await page.waitForFunction(
    (from) => (globalThis as ProbedPage).pageProbe.counted() >= from,
    least,
  );
}

/** Draws a zigzag with the mouse, between two parts of the drawing's width and height. */
export async function drawZigzag(page: Page, from = 0.2, to = 0.8): Promise<void> {
  const canvas = page.locator('#mirror-canvas');
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  if (box === null) throw new Error('the drawing is not shown');
  const across = (part: number): number => box.x + box.width * part;
  const down = (part: number): number => box.y + box.height * part;
  await page.mouse.move(across(from), down(from));
  await page.mouse.down();
  for (let step = 1; step <= 12; step++)
    await page.mouse.move(
      across(from + ((to - from) * step) / 12),
      down(step % 2 === 0 ? from : to),
    );
  await page.mouse.up();
}

/** The drawing: how many pixels are not bare, and a digest that is the same for the same picture. */
export async function picture(page: Page): Promise<{ ink: number; digest: string }> {
  return await page.evaluate(() => (globalThis as ProbedPage).pageProbe.picture());
}

/** Red, green and blue, 0 to 255 each. */
type Ink = readonly [red: number, green: number, blue: number];

/** How many pixels of the drawing have exactly that colour. */
export async function inked(page: Page, ink: Ink): Promise<number> {
  return await page.evaluate((wanted) => (globalThis as ProbedPage).pageProbe.inked(wanted), ink);
}

/** Waits until at least that many pixels of the drawing have exactly that colour. */
export async function untilInked(page: Page, ink: Ink, least: number): Promise<void> {
  await page.waitForFunction(
    ([wanted, pixels]) => (globalThis as ProbedPage).pageProbe.inked(wanted) >= pixels,
    [ink, least] as const,
  );
}

/** The entries of the open and close log whose first word is that one. */
export function logged(page: Page, word: string): Locator {
  return page.locator('#tester-log li').filter({ has: page.locator('strong', { hasText: word }) });
}
