import { execFileSync } from 'node:child_process';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { VirtualClock } from '@lws-ts/test-kit';
import { describe, expect, test, vi } from 'vitest';
import { DescriptorBudget, processDescriptors } from '../src/descriptor-budget.ts';

function budget(
  figures: { limit?: number | undefined; open: number | undefined },
  options: { fdLimitPerThread?: number; fdReserve?: number } = {},
) {
  const clock = new VirtualClock();
  let counted = 0;
  const source = {
    limit: () => figures.limit,
    open: () => {
      counted++;
      return figures.open;
    },
  };
  const all = { fdLimitPerThread: 0, fdReserve: 64, ...options };
  const made = new DescriptorBudget(source, clock, all);
  return { made, clock, figures, counted: () => counted };
}

describe('connections that there is room for', () => {
  test.each([
    ['the limit, less what is open and the reserve', { limit: 256, open: 22 }, {}, 170],
    ['another reserve', { limit: 256, open: 22 }, { fdReserve: 10 }, 224],
    [
      'fdLimitPerThread, where that is less',
      { limit: 256, open: 22 },
      { fdLimitPerThread: 50 },
      50,
    ],
    ['but not where it is more', { limit: 256, open: 22 }, { fdLimitPerThread: 500 }, 170],
    ['one at least', { limit: 64, open: 60 }, {}, 1],
    ['no limit that is known', { limit: undefined, open: 22 }, {}, Number.POSITIVE_INFINITY],
    ['then fdLimitPerThread alone', { limit: undefined, open: 22 }, { fdLimitPerThread: 9 }, 9],
    ['what is open is not known', { limit: 256, open: undefined }, {}, 192],
  ])('%s', (_name, figures, options, expected) => {
    const { made } = budget(figures, options);
    expect(made.maxConnections).toBe(expected);
    expect(made.hasRoom(Number.isFinite(expected) ? expected - 1 : 1e9)).toBe(true);
    if (Number.isFinite(expected)) expect(made.hasRoom(expected)).toBe(false);
  });
});

test('what the program opens later is counted, once a second, when it begins to matter', async () => {
  const { made, clock, figures, counted } = budget({ limit: 256, open: 22 });
  figures.open = 22 + 60 + 21;
  await clock.advance(5000);
  for (let at = 0; at < 50; at++) made.hasRoom(20);
  expect([made.maxConnections, counted()]).toEqual([170, 1]);
  // 20 more than at the start, beside 100 connections and the one that was just accepted
  figures.open = 22 + 20 + 101;
  for (let at = 0; at < 50; at++) made.hasRoom(100);
  expect([made.maxConnections, counted()]).toEqual([150, 2]);
  figures.open = 22 + 151;
  expect(made.hasRoom(150)).toBe(false);
  await clock.advance(1000);
  expect(made.hasRoom(150)).toBe(true);
});

test('with a very large limit nothing is counted while connections are served', async () => {
  const { made, clock, counted } = budget({ limit: 1_000_000, open: 22 });
  await clock.advance(5000);
  made.hasRoom(900_000);
  expect(counted()).toBe(1);
});

test('of this process the figures are what they are', () => {
  const limit = processDescriptors.limit();
  const open = processDescriptors.open();
  if (process.platform === 'win32') expect(limit).toBeUndefined();
  else {
    expect(limit).toBeGreaterThan(32);
    expect(open).toBeGreaterThan(3);
    expect(open).toBeLessThan(limit as number);
  }
});

/** Whether a descriptor of this process is open. */
function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

test.skipIf(process.platform === 'win32')('those that are open are counted to the last', () => {
  const more = Array.from({ length: 5 }, () => openSync('.', 'r'));
  const open = Array.from({ length: 4096 }, (_, fd) => isOpen(fd)).filter(Boolean).length;
  expect(processDescriptors.open()).toBe(open);
  for (const fd of more) closeSync(fd);
  expect(processDescriptors.open()).toBe(open - 5);
});

test.skipIf(process.platform === 'win32')(
  'without /proc the limit is that of the report',
  async () => {
    vi.resetModules();
    vi.doMock('node:fs', async (actual) => ({
      ...(await actual<typeof import('node:fs')>()),
      readFileSync: () => {
        throw new Error('no such file');
      },
    }));
    const { processDescriptors: elsewhere } = await import('../src/descriptor-budget.ts');
    vi.doUnmock('node:fs');
    const soft = execFileSync('sh', ['-c', 'ulimit -Sn'], { encoding: 'utf8' }).trim();
    expect(String(elsewhere.limit())).toBe(soft);
  },
);

test('what modules open beside connections has its room, up to the last', async () => {
  const { made, clock, figures } = budget({ limit: 256, open: 22 });
  expect([made.hasRoomFor(3, 167), made.hasRoomFor(3, 168)]).toEqual([true, false]);
  // counted anew: of 120 that are open 100 are of connections and modules
  figures.open = 120;
  await clock.advance(1000);
  expect([made.hasRoomFor(72, 100), made.maxConnections]).toEqual([true, 172]);
  expect(made.hasRoomFor(73, 100)).toBe(false);
});
