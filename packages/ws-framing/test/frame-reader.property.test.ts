import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frameHeaderSize, maskInto, writeFrameHeader } from '../src/index.ts';
import { slowRead } from './slow-reader.ts';
import { read, TraceSink } from './trace.ts';

const depth = Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);
/** A sequence has about 4 frames. */
const numRuns = Math.ceil(800 * depth);

const payload = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => Buffer.from(text)),
  },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 120, max: 300 }).map((size) => new Uint8Array(size).fill(0x61)),
  },
);

/** Mostly what a peer may send: a whole message, or one in fragments with pings between. */
const frame = fc.record({
  opcode: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(0, 1, 1, 2, 8, 9, 10) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 15 }) },
  ),
  fin: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.boolean()),
  rsv1: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.boolean()),
  payload,
  key: fc.uint8Array({ minLength: 4, maxLength: 4 }),
});
type Frame = typeof frame extends fc.Arbitrary<infer T> ? T : never;

function encode(frames: readonly Frame[], masked: boolean): Uint8Array {
  const parts = frames.map(({ opcode, fin, rsv1, payload: bytes, key }) => {
    const image = new Uint8Array(frameHeaderSize(bytes.length, masked) + bytes.length);
    const at = writeFrameHeader(
      image,
      0,
      opcode,
      fin,
      rsv1,
      bytes.length,
      masked ? key : undefined,
    );
    maskInto(image, at, bytes, masked ? key : new Uint8Array(4));
    return image;
  });
  return new Uint8Array(Buffer.concat(parts));
}

/** Makes opcodes follow each other rightly, so that whole messages are met and not only violations. */
function ordered(frames: readonly Frame[]): Frame[] {
  let inside = false;
  return frames.map((one) => {
    if (one.opcode >= 8) return { ...one, fin: true, payload: one.payload.subarray(0, 125) };
    const opcode = inside ? 0 : Math.max(1, one.opcode);
    inside = !one.fin;
    return { ...one, opcode };
  });
}

/** Any byte, and often those that announce a longer length or stand in one. */
const harmful = fc.oneof(
  fc.nat({ max: 255 }),
  fc.constantFrom(0, 0, 1, 0x20, 0x7e, 0x7f, 0x80, 0xfe, 0xff),
);

const image = fc
  .record({
    side: fc.constantFrom<'server' | 'client'>('server', 'client'),
    allowRsv1: fc.boolean(),
    frames: fc.array(frame, { maxLength: 8 }),
    order: fc.integer({ min: 0, max: 3 }),
    /** Bytes put in place of others: position and value. */
    harm: fc.array(fc.tuple(fc.nat({ max: 100 }), harmful), { maxLength: 3 }),
    harmed: fc.boolean(),
  })
  .map(({ side, allowRsv1, frames, order, harm, harmed }) => {
    const wire = encode(order > 0 ? ordered(frames) : frames, side === 'server');
    if (harmed) for (const [at, value] of harm) if (at < wire.length) wire[at] = value;
    return { side, allowRsv1, wire };
  });

describe('any frames, harmed or not', { timeout: 20_000 + 5000 * depth }, () => {
  test('are read as the slow reader reads them, in pieces of any size', () => {
    const met = new Set<string>();
    fc.assert(
      fc.property(image, fc.integer({ min: 1, max: 40 }), ({ wire, ...options }, size) => {
        const expected = slowRead(wire, options);
        met.add(expected.at(-1) ?? '');
        for (const pieces of [size, 1, 100_000])
          expect(read(wire, options, pieces)).toEqual(expected);
      }),
      { numRuns },
    );
    // nine or ten of them in most runs, and less by chance
    expect([...met].filter((line) => line.startsWith('LWS_ERR')).length).toBeGreaterThan(6);
  });

  test('say the same at every split', () => {
    fc.assert(
      fc.property(image, ({ wire, ...options }) => {
        const expected = read(wire, options, 100_000);
        for (let split = 0; split <= wire.length; split++) {
          const sink = new TraceSink(options);
          sink.reader.push(wire.slice(0, split));
          sink.reader.push(wire.slice(split));
          expect(sink.lines).toEqual(expected);
        }
      }),
      { numRuns: Math.floor(numRuns / 5) },
    );
  });

  test('say the same when stopped anywhere', () => {
    fc.assert(
      fc.property(image, fc.infiniteStream(fc.boolean()), ({ wire, ...options }, stops) => {
        const sink = new TraceSink({ ...options, payloadLimit: 7 });
        sink.stopAfter = () => stops.next().value;
        const chunk = wire.slice();
        let at = 0;
        for (let pushes = 0; pushes < 8 * wire.length + 80; pushes++)
          at += sink.reader.push(chunk, at);
        expect(at).toBe(wire.length);
        expect(sink.lines).toEqual(read(wire, options, 100_000));
      }),
      { numRuns: Math.floor(numRuns / 5) },
    );
  });
});
