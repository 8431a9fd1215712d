/** How many streams are made, and what happens where Node.js has other ones than expected. */
import type * as zlib from 'node:zlib';
import { beforeEach, describe, expect, test, vi } from 'vitest';

/** A stream as it is seen from outside, with what is inside of it in this process. */
interface Inside {
  _handle?: Record<string, unknown> | null;
  _writeState?: unknown;
  closed?: boolean;
}

const made = vi.hoisted((): { streams: Inside[]; change: (stream: Inside) => void } => ({
  streams: [],
  change: () => undefined,
}));

vi.mock('../src/node-zlib.ts', async () => {
  const real = await import('node:zlib');
  const changed = <Stream>(stream: Stream): Stream => {
    made.streams.push(stream as Inside);
    made.change(stream as Inside);
    return stream;
  };
  return {
    zlib: () => ({
      ...real,
      createDeflateRaw: (options?: zlib.ZlibOptions) => changed(real.createDeflateRaw(options)),
      createInflateRaw: (options?: zlib.ZlibOptions) => changed(real.createInflateRaw(options)),
    }),
  };
});

const message = Uint8Array.from({ length: 3000 }, (_, at) => at % 100);
const call = { windowBits: 15, level: 1, memLevel: 8 };

/** A module that has not tried anything yet, after a message there and back. */
async function freshly() {
  vi.resetModules();
  const fresh = await import('../src/zlib-at-once.ts');
  const roundTrip = (given = call) => {
    const wire = fresh.deflateAtOnce(message, given);
    const whole = new Uint8Array(wire.length + 5);
    whole.set(wire);
    whole.set([1, 0, 0, 0xff, 0xff], wire.length);
    return fresh.inflateAtOnce(whole, message.length);
  };
  expect(roundTrip()).toMatchObject({ bytes: message });
  return { ...fresh, roundTrip };
}

beforeEach(() => {
  made.streams.splice(0);
  made.change = () => undefined;
});

describe('streams that are kept', () => {
  test('two are made to try, and one for each kind: none for further messages', async () => {
    const { roundTrip } = await freshly();
    expect(made.streams).toHaveLength(4);
    for (let times = 0; times < 5; times++) expect(roundTrip()).toMatchObject({ bytes: message });
    expect(made.streams).toHaveLength(4);
  });

  test('of more than four settings, the oldest is closed', async () => {
    const { roundTrip } = await freshly();
    const [, , oldest] = made.streams;
    for (let level = 2; level <= 4; level++) roundTrip({ ...call, level });
    expect(oldest?.closed).toBe(false);
    roundTrip({ ...call, level: 5 });
    expect(made.streams).toHaveLength(8);
    await vi.waitFor(() => expect(oldest?.closed).toBe(true));
    expect(made.streams.slice(3).some(({ closed }) => closed)).toBe(false);
    roundTrip();
    expect(made.streams).toHaveLength(9);
  });

  test('one that failed is closed, and another is made', async () => {
    const { inflateAtOnce, roundTrip } = await freshly();
    const inflating = made.streams[3];
    expect(inflateAtOnce(Uint8Array.of(0xff), 10)).toBeUndefined();
    await vi.waitFor(() => expect(inflating?.closed).toBe(true));
    expect(roundTrip()).toMatchObject({ bytes: message });
    expect(made.streams).toHaveLength(5);
  });
});

describe('each message has a stream of its own where', () => {
  test.each<readonly [string, (inside: Inside) => void]>([
    [
      'there is no handle',
      (inside) => {
        inside._handle = null;
      },
    ],
    [
      'it cannot be written to',
      (inside) => {
        if (inside._handle) inside._handle['writeSync'] = undefined;
      },
    ],
    [
      'it cannot be used again',
      (inside) => {
        if (inside._handle) inside._handle['reset'] = undefined;
      },
    ],
    [
      'using it again does nothing',
      (inside) => {
        if (inside._handle) inside._handle['reset'] = () => undefined;
      },
    ],
    [
      'it does nothing',
      (inside) => {
        if (inside._handle) inside._handle['writeSync'] = () => undefined;
      },
    ],
    [
      'it throws',
      (inside) => {
        if (inside._handle)
          inside._handle['writeSync'] = () => {
            throw new Error('not for you');
          };
      },
    ],
    [
      'it cannot be told whom to tell of bad input',
      (inside) => {
        if (inside._handle) Object.freeze(inside._handle);
      },
    ],
    [
      'it does not say what is left',
      (inside) => {
        inside._writeState = [0, 0];
      },
    ],
    [
      'it tells nobody of bad input',
      (inside) => {
        if (inside._handle)
          Object.defineProperty(inside._handle, 'onerror', {
            get: () => () => undefined,
            set() {},
          });
      },
    ],
  ])('%s', async (_name, change) => {
    made.change = change;
    const { inflateAtOnce, roundTrip } = await freshly();
    expect(roundTrip()).toMatchObject({ bytes: message });
    expect(inflateAtOnce(Uint8Array.of(0xff), 10)).toBeUndefined();
    expect(made.streams).toHaveLength(2);
  });
});
