import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxPiece, maxReserve, OutputArena, OutputPiece } from '../src/output-arena.ts';

const depth = Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);

function put(arena: OutputArena, piece: OutputPiece, bytes: Uint8Array): void {
  const room = arena.reserve(piece, bytes.length);
  room.set(bytes, piece.end);
  arena.commit(piece, bytes.length);
}

function read(piece: OutputPiece): string {
  return Buffer.from(piece.bytes).toString('latin1');
}

function filled(bytes: number, value: number): Uint8Array {
  return new Uint8Array(bytes).fill(value);
}

describe('OutputArena', () => {
  test('output of one piece stands together, whatever comes in between', () => {
    const arena = new OutputArena();
    const a = new OutputPiece();
    const b = new OutputPiece();
    for (const word of ['one ', 'two ', 'three']) {
      put(arena, a, Buffer.from(word));
      put(arena, b, Buffer.from(word.toUpperCase()));
    }
    expect(read(a)).toBe('one two three');
    expect(read(b)).toBe('ONE TWO THREE');
  });

  test('pieces of the same place and length are one view, others have their own', () => {
    const arena = new OutputArena();
    const views = ['same', 'SAME', 'longer', 'back'].map((word) => {
      const piece = arena.lend();
      put(arena, piece, Buffer.from(word));
      const { bytes } = piece;
      const text = read(piece);
      arena.written(piece, true);
      return { bytes, text };
    });
    const [one, two, three, four] = views.map(({ bytes }) => bytes);
    expect(views.map(({ text }) => text)).toEqual(['same', 'SAME', 'longer', 'back']);
    expect([two === one, three === one, four === three]).toEqual([true, false, false]);
  });

  test('less may be committed than was reserved, nothing too', () => {
    const arena = new OutputArena();
    const a = new OutputPiece();
    const b = new OutputPiece();
    arena.reserve(a, 1000);
    arena.commit(a, 0);
    expect(a.length).toBe(0);
    const room = arena.reserve(a, 1000);
    room.set(Buffer.from('short'), a.end);
    arena.commit(a, 5);
    put(arena, b, Buffer.from('other'));
    expect([read(a), read(b)]).toEqual(['short', 'other']);
    expect(b.start).toBe(a.end);
  });

  test('a piece is lent again when it was written, empty; two are never the same', () => {
    const arena = new OutputArena();
    const a = arena.lend();
    const b = arena.lend();
    expect(a).not.toBe(b);
    put(arena, a, Buffer.from('a'));
    put(arena, b, Buffer.from('b'));
    arena.written(a, false);
    expect(arena.lend()).toBe(a);
    expect([a.length, read(b)]).toEqual([0, 'b']);
    expect(arena.lend()).not.toBe(b);
  });

  test('memory is used again once all of it is written', () => {
    const arena = new OutputArena();
    const piece = new OutputPiece();
    put(arena, piece, filled(1000, 1));
    const { buffer } = piece;
    arena.written(piece, true);
    for (let turn = 0; turn < 10_000; turn++) {
      put(arena, piece, filled(1000, 2));
      expect(piece.buffer === buffer && piece.start === 0).toBe(true);
      arena.written(piece, true);
    }
  });

  test.each([
    ['small', 10_000, 100, 100],
    ['large', 60_000, 20, 20],
    ['small, more of them than are kept', 16_000, 300, 256],
    ['large, more of them than are kept', 60_000, 60, 51],
  ])(
    'what the pieces of one turn stood in, those of the next do too: %s',
    (_size, bytes, count, again) => {
      const arena = new OutputArena();
      const turn = (): Set<Uint8Array> => {
        const pieces = Array.from({ length: count }, () => new OutputPiece());
        for (const [at, piece] of pieces.entries()) put(arena, piece, filled(bytes, at));
        const memories = new Set(pieces.map(({ buffer }) => buffer));
        expect(pieces.every((piece, at) => piece.buffer[piece.start] === (at & 0xff))).toBe(true);
        for (const piece of pieces) arena.written(piece, true);
        return memories;
      };
      const first = turn();
      const second = turn();
      expect([first.size, second.size]).toEqual([count, count]);
      // and the one that was cut from last
      expect([...second].filter((memory) => first.has(memory)).length).toBeGreaterThanOrEqual(
        again,
      );
      expect([...second].filter((memory) => first.has(memory)).length).toBeLessThanOrEqual(
        again + 1,
      );
    },
  );

  test('a long piece is given its room at once, in memory that is used again', () => {
    const arena = new OutputArena();
    const piece = new OutputPiece();
    const seen = new Set<ArrayBufferLike>();
    for (let turn = 0; turn < 3; turn++) {
      put(arena, piece, filled(maxReserve, turn));
      expect(piece.length).toBe(maxReserve);
      seen.add(piece.buffer.buffer);
      arena.written(piece, true);
    }
    expect(seen.size).toBe(1);
    put(arena, piece, Buffer.from('some'));
    expect(() => arena.reserve(piece, maxPiece)).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_INTERNAL' }),
    );
  });

  test('what a transport kept is not written over', () => {
    const arena = new OutputArena();
    const piece = new OutputPiece();
    put(arena, piece, Buffer.from('kept'));
    const kept = piece.bytes;
    arena.written(piece, false);
    for (let turn = 0; turn < 2000; turn++) {
      put(arena, piece, filled(1000, turn & 0x7f));
      arena.written(piece, true);
    }
    expect(Buffer.from(kept).toString()).toBe('kept');
  });

  test('what a transport kept is used again once all of it is sent, not before', () => {
    const arena = new OutputArena();
    const piece = new OutputPiece();
    const keep = () => {
      put(arena, piece, filled(maxReserve, 1));
      return arena.written(piece, false);
    };
    const [first, second] = [keep(), keep()];
    expect(first).not.toBe(second);
    first.sent();
    put(arena, piece, filled(maxReserve, 2));
    expect(piece.buffer).toBe(first.memory);
    expect(second.memory[0]).toBe(1);
  });

  test('memory with two kept pieces waits for both', () => {
    const arena = new OutputArena();
    const piece = new OutputPiece();
    const keep = (text: string) => {
      put(arena, piece, Buffer.from(text));
      const { start } = piece;
      return { buffer: arena.written(piece, false), start };
    };
    const one = keep('one');
    const two = keep('two');
    expect([two.buffer === one.buffer, two.start]).toEqual([true, 3]);
    one.buffer.sent();
    put(arena, piece, Buffer.from('x'));
    expect(piece.start).toBe(6);
    arena.written(piece, true);
    two.buffer.sent();
    put(arena, piece, Buffer.from('y'));
    expect(piece.start).toBe(0);
  });

  test.each([
    ['100 B, nothing in between', 100, 0],
    ['100 B between small ones', 100, 1000],
    ['16 KiB between large ones', 16 * 1024, maxReserve],
    ['a frame of 16 KiB between others', 16 * 1024 + 4, 16 * 1024 + 4],
    ['64 KiB between large ones', 64 * 1024, maxReserve],
    ['256 KiB between large ones', maxReserve, maxReserve],
  ])('1000 peers that keep %s pin little more than that', (_name, bytes, between) => {
    const arena = new OutputArena();
    const pinned = new Set<ArrayBufferLike>();
    const kept = filled(bytes, 1);
    const freed = filled(between, 1);
    const turn = (content: Uint8Array, free: boolean): void => {
      const piece = new OutputPiece();
      put(arena, piece, content);
      if (!free) pinned.add(piece.buffer.buffer);
      arena.written(piece, free);
    };
    for (let peer = 0; peer < 1000; peer++) {
      if (between > 0) for (let each = 0; each < 10; each++) turn(freed, true);
      turn(kept, false);
    }
    let sum = 0;
    for (const { byteLength } of pinned) sum += byteLength;
    // a small piece stands in a small buffer, which it may have for itself
    expect(sum).toBeLessThanOrEqual(1000 * Math.max(16 * 1024 + 64, 1.25 * bytes));
    if (between === 0) expect(sum).toBeLessThan(2 * 1000 * bytes);
  });

  test('a piece grows over other pieces, and no further than it may', () => {
    const arena = new OutputArena();
    const a = new OutputPiece();
    const b = new OutputPiece();
    put(arena, b, Buffer.from('before'));
    const part = maxPiece / 4;
    for (let at = 0; at < 4; at++) {
      put(arena, a, filled(part, 0x61 + at));
      put(arena, b, Buffer.from('.'));
    }
    expect(read(a)).toBe(['a', 'b', 'c', 'd'].map((c) => c.repeat(part)).join(''));
    expect(read(b)).toBe('before....');
    expect(() => arena.reserve(a, 1)).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_INTERNAL' }),
    );
    expect(() => arena.reserve(b, maxReserve + 1)).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_INTERNAL' }),
    );
  });

  test('any interleaving of many pieces, kept and freed, mixes nothing', () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('put' as const),
          which: fc.nat(5),
          bytes: fc.oneof(fc.nat(40), fc.nat(maxReserve)),
          unused: fc.nat(100),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('written' as const),
          which: fc.nat(5),
          free: fc.boolean(),
        }),
      },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const arena = new OutputArena();
        const pieces = Array.from({ length: 6 }, () => new OutputPiece());
        const wanted = pieces.map(() => [] as [number, number][]);
        const kept: { bytes: Uint8Array; wanted: [number, number][] }[] = [];
        let value = 0;
        const check = (bytes: Uint8Array, runs: [number, number][]): void => {
          let at = 0;
          for (const [length, byte] of runs) {
            for (const probe of [at, at + (length >> 1), at + length - 1])
              expect(bytes[probe]).toBe(byte);
            at += length;
          }
          expect(bytes.length).toBe(at);
        };
        for (const one of steps) {
          const piece = pieces[one.which] as OutputPiece;
          const runs = wanted[one.which] as [number, number][];
          if (one.kind === 'put') {
            const asked = Math.min(maxReserve, one.bytes + one.unused);
            if (one.bytes === 0) continue;
            if (piece.length > 0 && piece.length + asked > maxPiece) continue;
            value = (value + 1) & 0xff;
            const room = arena.reserve(piece, asked);
            room.fill(value, piece.end, piece.end + one.bytes);
            arena.commit(piece, one.bytes);
            runs.push([one.bytes, value]);
          } else if (piece.length > 0) {
            const bytes = piece.bytes;
            check(bytes, runs);
            if (!one.free) kept.push({ bytes, wanted: runs });
            arena.written(piece, one.free);
            wanted[one.which] = [];
          }
        }
        pieces.forEach((piece, at) => {
          check(piece.bytes, wanted[at] ?? []);
        });
        for (const one of kept) check(one.bytes, one.wanted);
      }),
      { numRuns: 200 * depth },
    );
  });
});
