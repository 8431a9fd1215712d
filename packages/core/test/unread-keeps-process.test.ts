/** A process ends when no socket is read from and nothing else goes on: connections that rest keep it by themselves. */
import { settle } from '@lws-ts/test-kit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openLine } from './open-line.ts';

const kept = new Set<unknown>();

beforeEach(() => {
  const { setInterval: set, clearInterval: clear } = globalThis;
  vi.spyOn(globalThis, 'setInterval').mockImplementation(((...args: Parameters<typeof set>) => {
    const timer = set(...args);
    kept.add(timer);
    return timer;
  }) as typeof set);
  vi.spyOn(globalThis, 'clearInterval').mockImplementation((timer) => {
    kept.delete(timer);
    clear(timer);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  kept.clear();
});

test('one whose program takes nothing keeps it until it does', async () => {
  const { line, peer } = await openLine();
  expect(kept.size).toBe(0);
  line.host.rxFlowControl(false);
  await settle();
  expect(kept.size).toBe(1);
  line.host.rxFlowControl(true);
  await settle();
  expect(kept.size).toBe(0);
  await peer.end();
});

test('one that says goodbye keeps it while it rests, and to its end', async () => {
  const { line, peer, clock } = await openLine({ line: (one) => one.host.finish() });
  await peer.send(`hello\n${'x'.repeat(16 * 1024)}`);
  expect(kept.size).toBe(1);
  await clock.advance(100);
  expect(kept.size).toBe(0);
  await peer.send(new Uint8Array(256 * 1024 + 1));
  expect(kept.size).toBe(1);
  await clock.advance(1000);
  expect([line.events, kept.size]).toEqual([['hello', 'gone'], 0]);
});

test.each(['abort', 'cut by its context'] as const)(
  '%s: nothing keeps it any more',
  async (how) => {
    const { line, context } = await openLine();
    line.host.rxFlowControl(false);
    await settle();
    expect(kept.size).toBe(1);
    if (how === 'abort') line.host.abort();
    else await context.close({ deadlineSecs: 0 });
    expect(kept.size).toBe(0);
  },
);
