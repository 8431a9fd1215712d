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

/** A place on the drawing, as parts of its width and height. */
type Place = readonly [across: number, down: number];

/** Six teeth across the middle of the drawing. */
export const zigzag: readonly Place[] = Array.from({ length: 13 }, (_, at): Place => {
  return [0.2 + 0.05 * at, at % 2 === 0 ? 0.2 : 0.8];
});

/** Two waves across the drawing, in that many steps. */
export function wave(
  steps: number,
  middle: number,
  height: number,
  phase: number,
): readonly Place[] {
  return Array.from({ length: steps + 1 }, (_, at): Place => {
    const along = at / steps;
    return [0.08 + 0.84 * along, middle + height * Math.sin(phase + 4 * Math.PI * along)];
  });
}

/** Draws a stroke with the mouse. */
export async function draw(page: Page, [first, ...rest]: readonly Place[]): Promise<void> {
  const canvas = page.locator('#mirror-canvas');
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  if (box === null || first === undefined) throw new Error('nothing to draw, or to draw on');
  const moveTo = ([across, down]: Place): Promise<void> =>
    page.mouse.move(box.x + box.width * across, box.y + box.height * down);
  await moveTo(first);
  await page.mouse.down();
  for (const place of rest) await moveTo(place);
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
