import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Serviced } from '../src/serviced.ts';
import { TurnQueue } from '../src/turn-queue.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

interface Named extends Serviced {
  readonly name: number;
}

const named = (name: number): Named => ({ name, servedTurn: 0, serve: () => undefined });

function takeAll(queue: TurnQueue): number[] {
  const names: number[] = [];
  while (queue.length > 0) names.push((queue.take() as Named).name);
  return names;
}

describe('TurnQueue', () => {
  test('first come, first served, whatever is put in, taken out and removed in between', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.constant('push' as const),
            fc.constant('take' as const),
            fc.integer({ min: 0, max: 40 }),
          ),
          { maxLength: 300 },
        ),
        (steps) => {
          const queue = new TurnQueue();
          const model: Named[] = [];
          let next = 0;
          for (const step of steps) {
            if (step === 'push') {
              const one = named(next++);
              queue.push(one);
              model.push(one);
            } else if (step === 'take') {
              if (model.length > 0) expect(queue.take()).toBe(model.shift());
            } else {
              const one = model[step] ?? named(-1);
              queue.remove(one);
              if (model.includes(one)) model.splice(model.indexOf(one), 1);
            }
            expect(queue.length).toBe(model.length);
          }
          expect(takeAll(queue)).toEqual(model.map(({ name }) => name));
        },
      ),
    );
  });

  test.each([10, 5000])('%i that come at once, turn after turn, keep their order', (count) => {
    const queue = new TurnQueue();
    const names = Array.from({ length: count }, (_, at) => at);
    for (let turn = 0; turn < 3; turn++) {
      for (const name of names) queue.push(named(name));
      expect(takeAll(queue)).toEqual(names);
    }
  });

  test('what many at a time needed is given back when nobody waits', () => {
    const queue = new TurnQueue();
    const one = named(0);
    const heap = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = heap();
    for (let at = 0; at < 1_000_000; at++) queue.push(one);
    expect(heap() - before).toBeGreaterThan(4_000_000);
    while (queue.length > 0) queue.take();
    expect(heap() - before).toBeLessThan(2_000_000);
    queue.push(one);
    expect(queue.take()).toBe(one);
  });

  test('who was taken or removed is not kept in memory', async () => {
    const queue = new TurnQueue();
    const gone: WeakRef<Named>[] = [];
    const fill = (): void => {
      for (let name = 0; name < 3; name++) {
        const one = named(name);
        gone.push(new WeakRef(one));
        queue.push(one);
        if (name !== 1) queue.remove(one);
      }
      takeAll(queue);
    };
    fill();
    await new Promise((resolve) => setTimeout(resolve));
    collect();
    expect(gone.map((one) => one.deref())).toEqual([undefined, undefined, undefined]);
  });
});
