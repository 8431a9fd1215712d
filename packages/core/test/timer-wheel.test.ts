import type { Clock } from '@lws-ts/interface';
import { VirtualClock } from '@lws-ts/test-kit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TimerEntry, TimerWheel } from '../src/timer-wheel.ts';

const depth = Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);

function setUp() {
  const clock = new VirtualClock();
  const wheel = new TimerWheel(clock);
  const fired: [string, number][] = [];
  const entry = (name: string, then?: (entry: TimerEntry) => void) =>
    new TimerEntry({
      expired(self) {
        fired.push([name, clock.now()]);
        then?.(self);
      },
    });
  return { clock, wheel, fired, entry };
}

/** Time that jumps: what is due is woken late, all at once. */
class JumpingClock implements Clock {
  time = 0;
  wakes = 0;
  #wake: { at: number; run: () => void } | undefined = undefined;

  now(): number {
    return this.time;
  }

  wallNow(): number {
    return this.time;
  }

  wakeAt(at: number, run: () => void): () => void {
    const wake = { at, run };
    this.#wake = wake;
    return () => {
      if (this.#wake === wake) this.#wake = undefined;
    };
  }

  get waiting(): boolean {
    return this.#wake !== undefined;
  }

  jump(ms: number): void {
    this.time += ms;
    // one wake-up a jump, and those which it sets for a time that is past already
    for (
      let round = 0;
      round < 3 && this.#wake !== undefined && this.#wake.at <= this.time;
      round++
    ) {
      const { run } = this.#wake;
      this.#wake = undefined;
      this.wakes++;
      run();
    }
  }
}

describe('TimerWheel', () => {
  test.each([0, 1, 3, 4, 5, 7.5, 100, 4095, 4096, 4097, 10_000, 3_600_000])(
    '%d ms: once, at that ms',
    async (ms) => {
      const { clock, wheel, fired, entry } = setUp();
      await clock.advance(13);
      wheel.arm(entry('a'), ms);
      expect(fired).toEqual([]);
      if (ms > 0) await clock.advance(ms - 0.25);
      expect(fired).toEqual([]);
      await clock.advance(ms > 0 ? 0.25 : 0);
      await clock.advance(10_000);
      expect(fired).toEqual([['a', 13 + ms]]);
      expect(wheel.size).toBe(0);
      expect(clock.pending).toBe(0);
    },
  );

  test('re-arming to a later time stores a number and moves nothing', async () => {
    const { clock, wheel, fired, entry } = setUp();
    const a = entry('a');
    wheel.arm(a, 100);
    const { slot } = a;
    await clock.advance(50);
    wheel.arm(a, 100);
    expect(a.slot).toBe(slot);
    expect(clock.pending).toBe(1);
    await clock.advance(99);
    expect(fired).toEqual([]);
    await clock.advance(1);
    expect(fired).toEqual([['a', 150]]);
  });

  test('re-arming to an earlier time holds', async () => {
    const { clock, wheel, fired, entry } = setUp();
    const a = entry('a');
    wheel.arm(a, 100_000);
    wheel.arm(a, 7);
    await clock.advance(7);
    expect(fired).toEqual([['a', 7]]);
    await clock.advance(200_000);
    expect(fired).toHaveLength(1);
  });

  test('what is disarmed does not fire, and nothing is woken while nothing is armed', async () => {
    const { clock, wheel, fired, entry } = setUp();
    const a = entry('a');
    wheel.disarm(a);
    wheel.arm(a, 10);
    wheel.disarm(a);
    expect(wheel.size).toBe(0);
    expect(clock.pending).toBe(0);
    await clock.advance(100);
    expect(fired).toEqual([]);
  });

  test('re-armed with 0 by its owner it comes again, a ms later, for ever', async () => {
    const { clock, wheel, fired, entry } = setUp();
    wheel.arm(
      entry('a', (self) => wheel.arm(self, 0)),
      0,
    );
    await clock.advance(5);
    expect(fired.map(([, at]) => at)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(wheel.size).toBe(1);
  });

  test('what is due together is called by deadline, and may disarm or move what comes after', () => {
    const clock = new JumpingClock();
    const wheel = new TimerWheel(clock);
    const fired: string[] = [];
    const entry = (name: string, then?: () => void) =>
      new TimerEntry({
        expired() {
          fired.push(`${name} ${clock.time}`);
          then?.();
        },
      });
    const gone = entry('gone');
    const later = entry('later');
    const sooner = entry('sooner');
    wheel.arm(gone, 50);
    wheel.arm(entry('third'), 41);
    wheel.arm(later, 42);
    wheel.arm(entry('second'), 8);
    wheel.arm(sooner, 60);
    wheel.arm(
      entry('first', () => {
        wheel.disarm(gone);
        wheel.arm(later, 5000);
        wheel.arm(sooner, 20);
      }),
      5,
    );
    clock.jump(100);
    expect(fired).toEqual(['first 100', 'second 100', 'third 100']);
    expect(wheel.size).toBe(2);
    clock.jump(20);
    expect(fired.slice(3)).toEqual(['sooner 120']);
    clock.jump(4980);
    expect(fired.slice(4)).toEqual(['later 5100']);
    expect(wheel.size).toBe(0);
  });

  test('a sleep of many rounds serves each slot once', () => {
    const clock = new JumpingClock();
    const wheel = new TimerWheel(clock);
    const fired: number[] = [];
    for (let ms = 1; ms < 20_000; ms += 7)
      wheel.arm(new TimerEntry({ expired: () => fired.push(ms) }), ms);
    clock.jump(86_400_000);
    expect(fired).toEqual(Array.from({ length: fired.length }, (_, at) => 1 + 7 * at));
    expect(fired.at(-1)).toBeGreaterThan(19_990);
    expect(clock.wakes).toBe(1);
  });

  test('an hour ahead costs one wake-up a round of the wheel at most', () => {
    const clock = new JumpingClock();
    const wheel = new TimerWheel(clock);
    let fired = 0;
    wheel.arm(new TimerEntry({ expired: () => fired++ }), 3_600_000);
    for (let second = 0; second < 3600; second++) clock.jump(1000);
    expect(fired).toBe(1);
    expect(clock.wakes).toBeLessThanOrEqual(3600 / 4 + 1);
  });

  test('40,000 entries of one slot, re-armed one by one, take no time', () => {
    const clock = new JumpingClock();
    const wheel = new TimerWheel(clock);
    let fired = 0;
    const entries = Array.from(
      { length: 40_000 },
      () => new TimerEntry({ expired: () => fired++ }),
    );
    for (const entry of entries) wheel.arm(entry, 2);
    for (const entry of entries.slice(0, 20_000)) wheel.arm(entry, 3);
    const began = process.cpuUsage();
    clock.jump(2);
    expect(fired).toBe(20_000);
    clock.jump(1);
    expect(fired).toBe(40_000);
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(1000);
  });

  test('destroyed it forgets all and takes nothing more', async () => {
    const { clock, wheel, fired, entry } = setUp();
    const a = entry('a');
    const b = entry('b');
    wheel.arm(a, 10);
    wheel.arm(b, 10);
    wheel.destroy();
    wheel.disarm(a);
    wheel.arm(b, 5);
    expect(wheel.size).toBe(0);
    expect(clock.pending).toBe(0);
    await clock.advance(100);
    expect(fired).toEqual([]);
  });
});

describe('against a sorted list', () => {
  type Step =
    | { readonly kind: 'arm'; readonly which: number; readonly ms: number }
    | { readonly kind: 'disarm'; readonly which: number }
    | { readonly kind: 'jump'; readonly ms: number };
  const which = fc.nat(7);
  const some = fc.oneof(fc.nat(20), fc.nat(6000), fc.nat(100_000));
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('arm' as const), which, ms: some }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('disarm' as const), which }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('jump' as const), ms: some }) },
  );

  test('any arming, disarming and jumping fires the same in the same order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const clock = new JumpingClock();
        const wheel = new TimerWheel(clock);
        const model = new Map<number, number>();
        const fired: number[] = [];
        const entries = Array.from(
          { length: 8 },
          (_, at) => new TimerEntry({ expired: () => fired.push(at) }),
        );
        for (const one of steps) {
          if (one.kind === 'arm') {
            wheel.arm(entries[one.which] as TimerEntry, one.ms);
            model.set(one.which, clock.time + one.ms);
          } else if (one.kind === 'disarm') {
            wheel.disarm(entries[one.which] as TimerEntry);
            model.delete(one.which);
          } else {
            const began = fired.length;
            clock.jump(one.ms);
            const due = [...model].filter(([, at]) => at <= clock.time);
            for (const [name] of due) model.delete(name);
            const deadlineOf = new Map(due);
            const seen = fired.slice(began);
            expect(new Set(seen)).toEqual(new Set(due.map(([name]) => name)));
            expect(seen.length).toBe(due.length);
            const deadlines = seen.map((name) => deadlineOf.get(name) as number);
            expect(deadlines).toEqual([...deadlines].sort((a, b) => a - b));
          }
          expect(wheel.size).toBe(model.size);
          expect(clock.waiting || model.size === 0).toBe(true);
        }
      }),
      { numRuns: 300 * depth },
    );
  });
});
