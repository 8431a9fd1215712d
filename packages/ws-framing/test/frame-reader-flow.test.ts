/** What a sink can see and do while it is called: fields, stop, bounds, and whose bytes are touched. */
import { describe, expect, test } from 'vitest';
import {
  FrameReader,
  type FrameSink,
  frameHeaderSize,
  OPCODE,
  type WsViolation,
  writeFrameHeader,
} from '../src/index.ts';
import { hex, TraceSink } from './trace.ts';

/** Three masked frames: "Hello" in two fragments around a ping, then an empty binary. */
const wire = hex('0182 37fa213d 7f9f 8981 00010203 70 8083 37fa213d 5b964e 8280 01020304');
const lines = [
  'start 1 of 2',
  'end "He"',
  'start 9 fin of 1',
  'end 70',
  'start 0 fin of 3',
  'end "llo"',
  'start 2 fin',
  'end ',
];

describe('stop', () => {
  test.each(['start', 'payload', 'end'] as const)('in every %s', (where) => {
    const sink = new TraceSink({ side: 'server', payloadLimit: 2 });
    sink.stopAfter = (call) => call === where;
    const chunk = wire.slice();
    let at = 0;
    let pushes = 0;
    for (let before = -1; sink.lines.length < lines.length || at < chunk.length; pushes++) {
      expect(pushes).toBeLessThan(20);
      before = sink.lines.length;
      at += sink.reader.push(chunk, at);
      expect(chunk.subarray(at)).toEqual(wire.subarray(at));
      expect(sink.lines.length).toBeLessThanOrEqual(before + 3);
    }
    expect(sink.lines).toEqual(lines);
    expect(pushes).toBe({ start: 5, payload: 5, end: 4 }[where]);
  });

  test('in every call, at every split', () => {
    for (let split = 0; split <= wire.length; split++) {
      const sink = new TraceSink({ side: 'server' });
      sink.stopAfter = () => true;
      for (const piece of [wire.slice(0, split), wire.slice(split)]) {
        let at = 0;
        for (let pushes = 0; pushes < 20; pushes++) at += sink.reader.push(piece, at);
        expect(at).toBe(piece.length);
      }
      expect(sink.lines).toEqual(lines);
    }
  });

  test('holds a frameEnd back until an empty push', () => {
    const sink = new TraceSink({ side: 'client' });
    sink.stopAfter = (call) => call === 'payload';
    expect(sink.reader.push(hex('8101 61'))).toBe(3);
    expect(sink.lines).toEqual(['start 1 fin of 1']);
    expect(sink.reader.push(new Uint8Array(0))).toBe(0);
    expect(sink.lines).toEqual(['start 1 fin of 1', 'end "a"']);
  });

  test('before a bad byte keeps it, masked, for the next push', () => {
    const sink = new TraceSink({ side: 'server' });
    sink.stopAfter = (call) => call === 'payload';
    const image = hex('8185 37fa213d 567adeadbe');
    const chunk = image.slice();
    expect(sink.reader.push(chunk)).toBe(7);
    expect(chunk.subarray(7)).toEqual(image.subarray(7));
    expect(sink.lines).toEqual(['start 1 fin of 5']);
    expect(sink.reader.push(chunk, 7)).toBe(4);
    expect(sink.lines).toEqual(['start 1 fin of 5', 'cut "a"', 'LWS_ERR_WS_UTF8']);
  });

  test('outside a call changes nothing', () => {
    const sink = new TraceSink({ side: 'client' });
    sink.reader.stop();
    expect(sink.reader.push(hex('8100'))).toBe(2);
    expect(sink.lines).toEqual(['start 1 fin', 'end ""']);
  });
});

test('after a violation every push takes all and says nothing', () => {
  const sink = new TraceSink({ side: 'client' });
  expect(sink.reader.push(hex('ff 8100 8100'))).toBe(5);
  expect(sink.reader.push(hex('8100'))).toBe(2);
  expect(sink.reader.push(hex('00 8100 00'), 1, 3)).toBe(2);
  expect(sink.lines).toEqual(['LWS_ERR_WS_RESERVED_BIT']);
});

test('only start to end of a chunk is read and written', () => {
  const sink = new TraceSink({ side: 'server' });
  const chunk = hex('ffffff 8185 37fa213d 7f9f4d5158 ffffff');
  expect(sink.reader.push(chunk, 3, 14)).toBe(11);
  expect(sink.lines).toEqual(['start 1 fin of 5', 'end "Hello"']);
  expect(chunk).toEqual(hex('ffffff 8185 37fa213d 48656c6c6f ffffff'));
});

test('payloadLimit bounds each framePayload, not the frame', () => {
  for (const [payloadLimit, sizes] of [
    [3, [3, 3, 2]],
    [4, [4, 4]],
    [1000, [8]],
  ] as const) {
    const seen: number[] = [];
    const left: number[] = [];
    let rest = 8;
    const sink = new TraceSink({ side: 'server', payloadLimit });
    sink.framePayload = (_chunk, start, end) => {
      seen.push(end - start);
      left.push(sink.reader.remaining);
    };
    sink.reader.push(hex('8288 01020304 0102030401020304'));
    expect(seen).toEqual(sizes);
    expect(left).toEqual(sizes.map((size) => (rest -= size)));
  }
});

/** Notes the reader's fields at each call. */
class FieldSink implements FrameSink {
  readonly seen: unknown[] = [];
  readonly reader = new FrameReader(this, { side: 'client' });

  frameStart(): void {
    this.#note('start');
  }
  framePayload(): void {
    this.#note('payload');
  }
  frameEnd(): void {
    this.#note('end');
  }
  violation(error: WsViolation): void {
    this.seen.push(error.code);
  }
  #note(call: string): void {
    const { opcode, messageOpcode, inMessage, firstFrame, remaining } = this.reader;
    this.seen.push([call, opcode, messageOpcode, inMessage, firstFrame, remaining]);
  }
}

test('fields inside calls: a ping leaves the message alone', () => {
  const sink = new FieldSink();
  sink.reader.push(hex('0202 0102 8901 70 8001 03'));
  expect(sink.seen).toEqual([
    ['start', OPCODE.binary, OPCODE.binary, true, true, 2],
    ['payload', OPCODE.binary, OPCODE.binary, true, true, 0],
    ['end', OPCODE.binary, OPCODE.binary, true, true, 0],
    ['start', OPCODE.ping, OPCODE.binary, true, false, 1],
    ['payload', OPCODE.ping, OPCODE.binary, true, false, 0],
    ['end', OPCODE.ping, OPCODE.binary, true, false, 0],
    ['start', OPCODE.continuation, OPCODE.binary, true, false, 1],
    ['payload', OPCODE.continuation, OPCODE.binary, true, false, 0],
    ['end', OPCODE.continuation, OPCODE.binary, false, false, 0],
  ]);
});

test('fields between pushes: half a header changes none', () => {
  const { reader } = new FieldSink();
  const fields = (): unknown[] => [
    reader.opcode,
    reader.fin,
    reader.length,
    reader.remaining,
    reader.inMessage,
    reader.messageOpcode,
    reader.masked,
  ];
  expect(fields()).toEqual([0, false, 0, 0, false, 0, false]);
  reader.push(hex('81'));
  reader.push(hex('7e01'));
  expect(fields()).toEqual([0, false, 0, 0, false, 0, false]);
  reader.push(hex('00 6161'));
  expect(fields()).toEqual([1, true, 256, 254, true, 1, false]);
  reader.push(new Uint8Array(254).fill(0x61));
  reader.push(hex('02'));
  expect(fields()).toEqual([1, true, 256, 0, false, 1, false]);
});

describe('ascii', () => {
  /** The flag of each framePayload of one frame. */
  function flags(side: 'server' | 'client', opcode: number, payload: Uint8Array): boolean[] {
    const seen: boolean[] = [];
    const sink = new TraceSink({ side, validateUtf8: false });
    sink.framePayload = () => {
      seen.push(sink.reader.ascii);
    };
    const key = side === 'server' ? hex('a1b2c3d4') : undefined;
    const image = new Uint8Array(
      frameHeaderSize(payload.length, key !== undefined) + payload.length,
    );
    const at = writeFrameHeader(image, 0, opcode, true, false, payload.length, key);
    image.set(payload, at);
    if (key !== undefined)
      for (let i = at; i < image.length; i++)
        image[i] = (image[i] as number) ^ (key[(i - at) & 3] as number);
    sink.reader.push(image);
    return seen;
  }

  const lengths = [
    1, 3, 4, 5, 31, 63, 64, 65, 100, 127, 128, 129, 511, 512, 513, 1000, 2047, 2048, 2049, 70_000,
  ];
  describe.each(['server', 'client'] as const)('to a %s', (side) => {
    test.each(lengths)('%i bytes of text', (length) => {
      expect(flags(side, OPCODE.text, new Uint8Array(length).fill(0x7f))).toEqual([true]);
      const places = new Set([
        0,
        1,
        2,
        3,
        length >> 1,
        length - 4,
        length - 3,
        length - 2,
        length - 1,
      ]);
      for (const at of places) {
        if (at < 0 || at >= length) continue;
        const payload = new Uint8Array(length).fill(0x20);
        payload[at] = 0x80;
        expect(flags(side, OPCODE.text, payload)).toEqual([false]);
      }
    });

    test.each([
      [OPCODE.binary, 10],
      [OPCODE.binary, 100],
      [OPCODE.binary, 3000],
      [OPCODE.ping, 10],
      [OPCODE.ping, 100],
    ])('opcode %i of %i bytes is never said to be', (opcode, length) => {
      expect(flags(side, opcode, new Uint8Array(length))).toEqual([false]);
    });
  });

  test('the good part before a bad byte has its own flag', () => {
    const seen: [string, boolean][] = [];
    const sink = new TraceSink({ side: 'client' });
    sink.framePayload = (chunk, start, end) => {
      seen.push([Buffer.from(chunk.subarray(start, end)).toString('latin1'), sink.reader.ascii]);
    };
    sink.reader.push(hex('8104 6162ff61'));
    const other = new TraceSink({ side: 'client' });
    other.framePayload = () => {
      seen.push(['', other.reader.ascii]);
    };
    other.reader.push(hex('8104 61c3a4ff'));
    expect(seen).toEqual([
      ['ab', true],
      ['', false],
    ]);
  });
});

test('a sink that throws loses no frame: the next push goes on', () => {
  const sink = new TraceSink({ side: 'client' });
  let broken = true;
  sink.stopAfter = (call) => {
    if (call === 'end' && broken) throw new Error('from the sink');
    return false;
  };
  expect(() => sink.reader.push(hex('8101 61'))).toThrow('from the sink');
  broken = false;
  sink.reader.push(hex('8101 62'));
  expect(sink.lines).toEqual(['start 1 fin of 1', 'end "a"', 'start 1 fin of 1', 'end "b"']);
});

describe('readers of two connections', () => {
  const size = 4096;
  const image = new Uint8Array(2 * (8 + size)).fill(0x61);
  for (const at of [0, 8 + size]) image.set(hex('82fe1000 00000000'), at);

  /** A reader whose payload has to come out as it went in. */
  function watched(wrong: number[], during: () => void): TraceSink {
    const sink = new TraceSink({ side: 'server', payloadLimit: 100 });
    sink.framePayload = (chunk, start, end) => {
      for (let at = start; at < end; at++) if (chunk[at] !== 0x61) wrong.push(at);
      during();
    };
    return sink;
  }

  test('one pushed from inside a call of the other', () => {
    const wrong: number[] = [];
    let pushes = 0;
    const inner = watched(wrong, () => undefined);
    const outer = watched(wrong, () => {
      pushes++;
      inner.reader.push(masked(image));
    });
    outer.reader.push(masked(image));
    expect(pushes).toBe(82);
    expect(wrong).toEqual([]);
  });

  test('one pushed after a sink of the other threw', () => {
    const wrong: number[] = [];
    const thrower = watched(wrong, () => {
      throw new Error('from the sink');
    });
    expect(() => thrower.reader.push(masked(image))).toThrow('from the sink');
    watched(wrong, () => undefined).reader.push(masked(image));
    expect(wrong).toEqual([]);
  });

  /** A copy whose two frames have the key 01020304. */
  function masked(plain: Uint8Array): Uint8Array {
    const copy = plain.slice();
    for (const at of [0, 8 + size]) {
      copy.set(hex('01020304'), at + 4);
      for (let i = 0; i < size; i++)
        copy[at + 8 + i] = (copy[at + 8 + i] as number) ^ ((i & 3) + 1);
    }
    return copy;
  }
});

test('nothing is allocated per small frame', () => {
  let frames = 0;
  const reader: FrameReader = new FrameReader(
    {
      frameStart: () => undefined,
      framePayload: () => undefined,
      frameEnd: () => {
        frames += reader.fin ? 1 : 0;
      },
      violation: () => undefined,
    },
    { side: 'server' },
  );
  const chunk = new Uint8Array(100 * 38);
  for (let at = 0; at < chunk.length; at += 38) chunk.set(hex('82a0 11223344'), at);
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 20; round++) {
    const before = process.memoryUsage().heapUsed;
    for (let times = 0; times < 100; times++) reader.push(chunk);
    const grown = process.memoryUsage().heapUsed - before;
    if (grown >= 0) least = Math.min(least, grown / 10_000);
  }
  expect(frames).toBe(200_000);
  expect(least).toBeLessThan(4);
});
