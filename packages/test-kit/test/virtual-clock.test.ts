import { settle, VirtualClock } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';

describe('VirtualClock', () => {
  test('stands still until it is turned', async () => {
    const clock = new VirtualClock(1000);
    await settle(20);
    expect([clock.now(), clock.wallNow()]).toEqual([0, 1000]);
    await clock.advance(2.5);
    expect([clock.now(), clock.wallNow()]).toEqual([2.5, 1002.5]);
  });

  test('wakes each at its own time, in order of time', async () => {
    const clock = new VirtualClock();
    const woken: [string, number][] = [];
    for (const [name, at] of [
      ['c', 30],
      ['a', 10],
      ['b', 20],
      ['late', 31],
    ] as const)
      clock.wakeAt(at, () => woken.push([name, clock.now()]));
    await clock.advance(30);
    expect(woken).toEqual([
      ['a', 10],
      ['b', 20],
      ['c', 30],
    ]);
    expect(clock.pending).toBe(1);
  });

  test('what is cancelled does not wake', async () => {
    const clock = new VirtualClock();
    const woken: number[] = [];
    const cancel = clock.wakeAt(5, () => woken.push(5));
    clock.wakeAt(6, () => woken.push(6));
    cancel();
    cancel();
    await clock.advance(10);
    expect(woken).toEqual([6]);
    expect(clock.pending).toBe(0);
  });

  test('what a wake-up sets is woken in the same turn of the clock, in time', async () => {
    const clock = new VirtualClock();
    const woken: number[] = [];
    const again = (): void => {
      woken.push(clock.now());
      clock.wakeAt(clock.now() + 10, again);
    };
    clock.wakeAt(10, again);
    await clock.advance(35);
    expect(woken).toEqual([10, 20, 30]);
  });

  test('a time that is past is now', async () => {
    const clock = new VirtualClock();
    await clock.advance(100);
    let at = -1;
    clock.wakeAt(50, () => {
      at = clock.now();
    });
    expect(at).toBe(-1);
    await clock.advance(0);
    expect(at).toBe(100);
  });

  test('what is ready happens before time goes on, and after each wake-up', async () => {
    const clock = new VirtualClock();
    const seen: [string, number][] = [];
    setImmediate(() => seen.push(['ready', clock.now()]));
    clock.wakeAt(5, () => {
      setImmediate(() => seen.push(['caused', clock.now()]));
    });
    clock.wakeAt(6, () => seen.push(['next', clock.now()]));
    await clock.advance(10);
    expect(seen).toEqual([
      ['ready', 0],
      ['caused', 5],
      ['next', 6],
    ]);
  });
});

describe('settle', () => {
  test('is so many rounds of the loop', async () => {
    let rounds = 0;
    const count = (): void => {
      rounds++;
      if (rounds < 100) setImmediate(count);
    };
    setImmediate(count);
    await settle(7);
    expect(rounds).toBe(7);
  });
});
