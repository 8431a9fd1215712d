import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ParkedInput } from '../src/parked-input.ts';

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('latin1');
const bytes = (of: string): Uint8Array => new Uint8Array(Buffer.from(of, 'latin1'));

describe('ParkedInput', () => {
  test('gives what waits once, in order', () => {
    const parked = new ParkedInput();
    expect(parked.take()).toBeUndefined();
    parked.append(bytes('b'), true);
    parked.append(bytes('c'), false);
    parked.prepend(bytes('a'), false);
    expect(parked.length).toBe(3);
    expect(['a', 'b', 'c'].map(() => text(parked.take()))).toEqual(['a', 'b', 'c']);
    expect(parked.length).toBe(0);
    expect(parked.take()).toBeUndefined();
  });

  test.each(['append', 'prepend'] as const)('%s copies memory that is not ours', (how) => {
    const parked = new ParkedInput();
    const lent = bytes('lent');
    parked[how](lent, false);
    lent.fill(0);
    expect(text(parked.take())).toBe('lent');
  });

  test.each(['append', 'prepend'] as const)('%s keeps memory that is ours', (how) => {
    const parked = new ParkedInput();
    const given = bytes('given');
    parked[how](given, true);
    expect(parked.take()).toBe(given);
  });

  test('joins the first two pieces, when there are two', () => {
    const parked = new ParkedInput();
    expect(parked.joinFirst()).toBe(false);
    parked.append(bytes('a'), true);
    expect(parked.joinFirst()).toBe(false);
    parked.append(bytes('b'), true);
    parked.append(bytes('c'), true);
    expect(parked.joinFirst()).toBe(true);
    expect(text(parked.take())).toBe('ab');
    expect(parked.length).toBe(1);
  });

  test.each([
    ['octets', 1, 100_000, 17],
    ['small pieces', 1000, 100, 17],
    ['pieces that are not small', 1024, 100, 100],
  ])('many of them are few pieces: %s', (_what, size, count, pieces) => {
    const parked = new ParkedInput();
    const all: number[] = [];
    for (let at = 0; at < count; at++) {
      const piece = new Uint8Array(size).fill(at);
      all.push(...piece);
      parked.append(piece, true);
    }
    expect(parked.length).toBe(count * size);
    const taken: Uint8Array[] = [];
    for (let piece = parked.take(); piece !== undefined; piece = parked.take()) taken.push(piece);
    expect(taken).toHaveLength(pieces);
    expect(Buffer.concat(taken).equals(Uint8Array.from(all))).toBe(true);
  });

  test('a large piece between small ones is not copied', () => {
    const parked = new ParkedInput();
    const large = new Uint8Array(5000);
    for (let at = 0; at < 50; at++) parked.append(bytes('a'), true);
    parked.append(large, true);
    for (let at = 0; at < 50; at++) parked.append(bytes('b'), true);
    const taken: (Uint8Array | undefined)[] = [];
    while (parked.length > 0) taken.push(parked.take());
    expect(taken[17]).toBe(large);
    expect([taken.length, text(taken[16]), text(taken[18])]).toEqual([
      19,
      'a'.repeat(34),
      'b'.repeat(50),
    ]);
  });

  test('nothing is nothing', () => {
    const parked = new ParkedInput();
    parked.append(bytes(''), true);
    parked.prepend(bytes(''), true);
    expect(parked.take()).toBeUndefined();
  });

  test('a piece put back is the same piece, passed up to where it was read', () => {
    const parked = new ParkedInput();
    const piece = bytes('abcdef');
    parked.putBack(piece, 2, true);
    parked.append(bytes('g'), true);
    expect([parked.length, parked.passed]).toEqual([5, 2]);
    expect(parked.takeWhole()).toBe(piece);
    expect([parked.length, parked.passed]).toEqual([1, 0]);
    parked.putBack(piece, 5, true);
    expect(['f', 'g'].map(() => text(parked.take()))).toEqual(['f', 'g']);
    parked.putBack(piece, 6, true);
    expect(parked.takeWhole()).toBeUndefined();
  });

  test('of memory that is not ours what was not passed is copied', () => {
    const parked = new ParkedInput();
    const lent = bytes('lent');
    parked.putBack(lent, 1, false);
    lent.fill(0);
    expect([parked.passed, text(parked.takeWhole())]).toEqual([0, 'ent']);
  });

  test('is a string that grows at both ends', () => {
    const step = fc.tuple(
      fc.constantFrom('append', 'prepend', 'take', 'part', 'last', 'join', 'all', 'clear'),
      fc.string(),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const parked = new ParkedInput();
        let model = '';
        for (const [how, raw, owned] of steps) {
          const part = raw.replace(/[^\x20-\x7e]/g, '?');
          if (how === 'append') model += part;
          else if (how === 'prepend') model = part + model;
          else if (how === 'join') parked.joinFirst();
          else if (how === 'clear') {
            parked.clear();
            model = '';
          } else if (how === 'all') {
            expect(text(parked.takeAll())).toBe(model);
            model = '';
          } else if (how === 'last') {
            const piece = text(parked.takeLast());
            expect(model.endsWith(piece)).toBe(true);
            model = model.slice(0, model.length - piece.length);
          } else if (how === 'part') {
            const { passed } = parked;
            const piece = parked.takeWhole();
            const to = piece === undefined ? 0 : Math.min(piece.length, passed + part.length);
            expect(model.startsWith(text(piece?.subarray(passed)))).toBe(true);
            if (piece !== undefined) parked.putBack(piece, to, owned);
            model = model.slice(to - passed);
          } else {
            const piece = text(parked.take());
            expect(model.startsWith(piece)).toBe(true);
            expect(piece === '').toBe(model === '');
            model = model.slice(piece.length);
          }
          if (how === 'append' || how === 'prepend') parked[how](bytes(part), owned);
          expect(parked.length).toBe(model.length);
        }
      }),
    );
  });
});
