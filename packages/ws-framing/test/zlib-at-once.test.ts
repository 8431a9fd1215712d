/** Streams of zlib that are kept give what Node.js gives by a stream for each call, whatever came before. */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deflateAtOnce, inflateAtOnce } from '../src/zlib-at-once.ts';

const call = { windowBits: 15, level: 1, memLevel: 8 };
const most = 1024 * 1024;

function wireOf(message: Uint8Array, level = 6): Uint8Array {
  return new Uint8Array(deflateRawSync(message, { level }));
}

/** Compressible, but not for ever the same. */
const texts = fc.array(fc.constantFrom('open', 'closed', '"state":', '{', '}', ','), {
  maxLength: 9000,
});
const messages = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  texts.map((words) => new TextEncoder().encode(words.join(''))),
);

test('deflates as Node.js does, by any settings in any order', () => {
  const settings = fc.record({
    windowBits: fc.integer({ min: 9, max: 15 }),
    level: fc.integer({ min: 0, max: 9 }),
    memLevel: fc.integer({ min: 1, max: 9 }),
  });
  const some = messages.filter((message) => message.length > 0);
  fc.assert(
    fc.property(some, settings, (message, given) => {
      const wire = deflateAtOnce(message, given);
      const theirs = deflateRawSync(message, { ...given, finishFlush: constants.Z_SYNC_FLUSH });
      expect(wire).toEqual(new Uint8Array(theirs));
    }),
  );
});

test('inflates as Node.js does', () => {
  fc.assert(
    fc.property(messages, fc.integer({ min: 0, max: 9 }), (message, level) => {
      const wire = wireOf(message, level);
      expect(inflateAtOnce(wire, most)).toEqual({ bytes: message, taken: wire.length });
    }),
  );
});

test('of mutated bytes too: the same, or both refuse', () => {
  fc.assert(
    fc.property(messages, fc.nat(), fc.nat({ max: 255 }), (message, at, byte) => {
      const wire = wireOf(message);
      wire[at % wire.length] = byte;
      let theirs: { bytes: Uint8Array; taken: number } | undefined;
      try {
        const { buffer, engine } = inflateRawSync(wire, { info: true }) as unknown as {
          buffer: Uint8Array;
          engine: { bytesWritten: number };
        };
        theirs = { bytes: new Uint8Array(buffer), taken: engine.bytesWritten };
      } catch {
        theirs = undefined;
      }
      expect(inflateAtOnce(wire, Number.POSITIVE_INFINITY)).toEqual(theirs);
    }),
  );
});

describe('one after the other', () => {
  const message = Uint8Array.from({ length: 50_000 }, (_, at) => (at * at) >> 7);
  const wire = wireOf(message);
  const good = { bytes: message, taken: wire.length };

  test.each<readonly [string, Uint8Array, number, unknown]>([
    ['bytes that are not DEFLATE', Uint8Array.of(0xff, 0xff), most, undefined],
    ['a stream that is not at its end', wire.subarray(0, -1), most, undefined],
    ['a byte more than may come out', wire, 49_999, 'too large'],
    ['a bomb', wireOf(new Uint8Array(8_000_000)), most, 'too large'],
    ['what may come out exactly', wire, 50_000, good],
  ])('behind %s comes what is right', (_name, bytes, bound, outcome) => {
    expect(inflateAtOnce(bytes, bound)).toEqual(outcome);
    expect(inflateAtOnce(wire, most)).toEqual(good);
  });

  test('reads no further than a block that is marked as the last', () => {
    const two = new Uint8Array(wire.length + 9);
    two.set(wire);
    expect(inflateAtOnce(two, most)).toEqual(good);
  });

  test('what was inflated stays as it was', () => {
    const short = message.slice(0, 1000);
    const first = inflateAtOnce(wireOf(short), most);
    const longer = inflateAtOnce(wire, most);
    deflateAtOnce(message.slice().reverse(), call);
    inflateAtOnce(wireOf(short.slice().reverse()), most);
    expect([first, longer]).toMatchObject([{ bytes: short }, { bytes: message }]);
  });

  test('what is inflated has memory of its own', () => {
    const inflated = inflateAtOnce(wireOf(message.slice(0, 1000)), most);
    expect(inflated).toMatchObject({ bytes: { byteOffset: 0, buffer: { byteLength: 1000 } } });
  });

  test.each([16_383, 16_384, 16_385, 32_768])('%i bytes come out whole', (length) => {
    const bytes = message.slice(0, length);
    expect(inflateAtOnce(wireOf(bytes), length)).toMatchObject({ bytes });
  });
});
