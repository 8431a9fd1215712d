import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ring, type RingTail } from '../src/ring.ts';

const depth = Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);
const coded = (code: string) => expect.objectContaining({ code });

describe('Ring', () => {
  test('each reader sees what was inserted since it came, at its own pace', () => {
    const dropped: string[] = [];
    const ring = new Ring<string>(3, (element) => dropped.push(element));
    const fast = ring.tail();
    expect(ring.insert('a')).toBe(true);
    const slow = ring.tail();
    expect(ring.insert('b')).toBe(true);
    expect([ring.waiting(fast), ring.waiting(slow)]).toEqual([2, 1]);
    expect([ring.peek(fast), ring.peek(slow)]).toEqual(['a', 'b']);
    expect(ring.consume(fast)).toBe(1);
    expect(dropped).toEqual(['a']);
    expect(ring.consume(fast)).toBe(1);
    expect(ring.peek(fast)).toBeUndefined();
    expect(dropped).toEqual(['a']);
    expect(ring.slowest()).toBe(slow);
    ring.remove(slow);
    expect(dropped).toEqual(['a', 'b']);
    expect(ring.slowest()).toBe(fast);
  });

  test('full it refuses until the slowest reader goes on or goes', () => {
    const ring = new Ring<number>(2);
    const a = ring.tail();
    const b = ring.tail();
    expect([ring.insert(1), ring.insert(2), ring.insert(3)]).toEqual([true, true, false]);
    ring.consume(a, 2);
    expect([ring.free, ring.insert(3)]).toEqual([0, false]);
    ring.remove(b);
    expect([ring.free, ring.insert(3)]).toEqual([2, true]);
    expect([ring.waiting(a), ring.peek(a)]).toEqual([1, 3]);
  });

  test('without readers an element is dropped at once', () => {
    const dropped: number[] = [];
    const ring = new Ring<number>(1, (element) => dropped.push(element));
    for (let at = 0; at < 5; at++) expect(ring.insert(at)).toBe(true);
    expect(dropped).toEqual([0, 1, 2, 3, 4]);
    expect([ring.readers, ring.free, ring.slowest()]).toEqual([0, 1, undefined]);
  });

  test('consuming more than waits passes what waits', () => {
    const ring = new Ring<number>(4);
    const tail = ring.tail();
    ring.insert(1);
    ring.insert(2);
    expect(ring.consume(tail, 100)).toBe(2);
    expect(ring.consume(tail)).toBe(0);
  });

  test('`dropped` may insert, and what it throws loses nothing', () => {
    const ring: Ring<number> = new Ring(2, (element) => {
      if (element === 1) ring.insert(element + 10);
      if (element === 2) throw new Error('dropped');
    });
    const tail = ring.tail();
    ring.insert(1);
    ring.insert(2);
    expect(() => ring.consume(tail, 2)).toThrow('dropped');
    expect([ring.waiting(tail), ring.peek(tail), ring.free]).toEqual([1, 11, 1]);
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 20 + 1, '8' as unknown as number])(
    'a capacity of %s is refused',
    (capacity) => {
      expect(() => new Ring(capacity)).toThrow(coded('LWS_ERR_OPTION'));
    },
  );

  test('what is to be called for dropped elements has to be a function', () => {
    expect(() => new Ring(2, {} as never)).toThrow(coded('LWS_ERR_OPTION'));
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('consume(%d) is refused', (count) => {
    const ring = new Ring(2);
    const tail = ring.tail();
    ring.insert(1);
    expect(() => ring.consume(tail, count)).toThrow(coded('LWS_ERR_OPTION'));
    expect(ring.waiting(tail)).toBe(1);
  });

  test('a tail of another ring, or one that was removed, is refused', () => {
    const ring = new Ring(2);
    const removed = ring.tail();
    ring.remove(removed);
    for (const tail of [new Ring(2).tail(), removed]) {
      expect(() => ring.waiting(tail)).toThrow(coded('LWS_ERR_RING'));
      expect(() => ring.peek(tail)).toThrow(coded('LWS_ERR_RING'));
      expect(() => ring.consume(tail)).toThrow(coded('LWS_ERR_RING'));
      expect(() => ring.remove(tail)).not.toThrow();
    }
  });

  test('is an array for each reader', () => {
    const step = fc.record({
      kind: fc.constantFrom('insert', 'insert', 'insert', 'consume', 'consume', 'tail', 'remove'),
      which: fc.nat(5),
      count: fc.nat(4),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step), (capacity, steps) => {
        const dropped: number[] = [];
        const ring = new Ring<number>(capacity, (element) => dropped.push(element));
        const readers: { tail: RingTail; waiting: number[] }[] = [];
        let value = 0;
        for (const { kind, which, count } of steps) {
          const reader = readers[which % Math.max(1, readers.length)];
          if (kind === 'insert') {
            const longest = Math.max(0, ...readers.map(({ waiting }) => waiting.length));
            const fits = longest < capacity;
            expect(ring.insert(value)).toBe(fits);
            if (fits) for (const { waiting } of readers) waiting.push(value);
            if (fits) value++;
          } else if (kind === 'tail') readers.push({ tail: ring.tail(), waiting: [] });
          else if (reader !== undefined && kind === 'consume')
            expect(ring.consume(reader.tail, count)).toBe(reader.waiting.splice(0, count).length);
          else if (reader !== undefined) {
            ring.remove(reader.tail);
            readers.splice(readers.indexOf(reader), 1);
          }
          const longest = Math.max(0, ...readers.map(({ waiting }) => waiting.length));
          expect(ring.free).toBe(capacity - longest);
          expect(ring.readers).toBe(readers.length);
          // an element is dropped once, in order, when nobody needs it
          expect(dropped).toEqual(Array.from({ length: value - longest }, (_, at) => at));
          for (const { tail, waiting } of readers) {
            expect(ring.waiting(tail)).toBe(waiting.length);
            expect(ring.peek(tail)).toBe(waiting[0]);
          }
          const slowest = ring.slowest();
          expect(slowest === undefined ? -1 : ring.waiting(slowest)).toBe(
            readers.length === 0 ? -1 : longest,
          );
        }
      }),
      { numRuns: 300 * depth },
    );
  });
});
