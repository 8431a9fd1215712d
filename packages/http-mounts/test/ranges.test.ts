import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { VirtualClock } from '@lws-ts/test-kit';
import { DiskFops } from '@lws-ts/vfs';
import { describe, expect, test, vi } from 'vitest';
import { PIECE_BYTES } from '../src/piece-pool.ts';
import { readRanges } from '../src/ranges.ts';
import { FakeExchange, type FakeRequest } from './fake-exchange.ts';
import { descriptors, diskRoot, Mounted } from './mounted.ts';

/** The thread pool closes in its own time. */
const closedAgain = (before = 0): Promise<boolean> =>
  vi.waitUntil(() => (descriptors() ?? 0) <= before);

const WHOLE = 'whole';
const NONE = 'unsatisfiable';
const NINES = '9'.repeat(20);

describe('of ten bytes', () => {
  test.each([
    ['bytes=0-0', '0-1'],
    ['bytes=0-9', '0-10'],
    ['bytes=9-9', '9-10'],
    ['bytes=2-', '2-10'],
    ['bytes=2-4', '2-5'],
    ['bytes=-1', '9-10'],
    ['bytes=-10', '0-10'],
    ['bytes=-11', '0-10'],
    ['bytes=8-20', '8-10'],
    ['bytes=000-001', '0-2'],
    ['BYTES=1-1', '1-2'],
    ['bytes= 1-1 ', '1-2'],
    ['bytes=\t1-1\t', '1-2'],
    ['bytes=0-1,4-5', '0-2 4-6'],
    ['bytes=4-5, 0-1', '4-6 0-2'],
    ['bytes=0-0,1-1', '0-1 1-2'],
    ['bytes=,0-1,,4-5,', '0-2 4-6'],
    ['bytes=0-1,20-30', '0-2'],
    ['bytes=20-30,0-1,-0', '0-2'],
    ['bytes=0-0,2-2,4-4,6-6,8-8', '0-1 2-3 4-5 6-7 8-9'],
    // FLD-6: beyond what a double counts
    [`bytes=-${NINES}`, '0-10'],
    [`bytes=0-${NINES}`, '0-10'],
    [`bytes=${NINES}-`, NONE],
    [`bytes=${NINES}-${NINES}`, NONE],
    [`bytes=-${'9'.repeat(400)}`, '0-10'],
    [`bytes=0-${'9'.repeat(400)}`, '0-10'],
    [`bytes=${'9'.repeat(400)}-`, NONE],
    [`bytes=${'9'.repeat(400)}-${'9'.repeat(400)}`, NONE],
    ['bytes=9007199254740993-', NONE],
    // Outside
    ['bytes=10-', NONE],
    ['bytes=10-20', NONE],
    ['bytes=-0', NONE],
    ['bytes=10-,20-', NONE],
    // Too many, or a byte twice
    ['bytes=0-0,2-2,4-4,6-6,8-8,9-9', WHOLE],
    ['bytes=0-5,5-6', WHOLE],
    ['bytes=5-6,0-5', WHOLE],
    ['bytes=0-9,0-9', WHOLE],
    ['bytes=0-,-1', WHOLE],
    [`bytes=${'0-,'.repeat(1000)}0-`, WHOLE],
    [`bytes=${'0-0,'.repeat(1000)}`, WHOLE],
    // Not a range
    ['', WHOLE],
    ['bytes', WHOLE],
    ['bytes=', WHOLE],
    ['bytes=,', WHOLE],
    ['bytes=-', WHOLE],
    ['bytes=--1', WHOLE],
    ['bytes=1', WHOLE],
    ['bytes=a-b', WHOLE],
    ['bytes=1-b', WHOLE],
    ['bytes=4-2', WHOLE],
    ['bytes=0-1,4-2', WHOLE],
    ['bytes=0-1,x', WHOLE],
    ['bytes=+1-2', WHOLE],
    ['bytes=1.0-2', WHOLE],
    ['bytes=0x1-2', WHOLE],
    ['bytes=1e1-', WHOLE],
    ['bytes=1 -2', WHOLE],
    ['bytes=1-2-3', WHOLE],
    ['bytes=\u0661-2', WHOLE],
    ['bytes =1-2', WHOLE],
    ['bytes:1-2', WHOLE],
    ['items=1-2', WHOLE],
    ['seconds=1-2', WHOLE],
    ['1-2', WHOLE],
  ])('%.60s asks for %s', (field, expected) => {
    const ranges = readRanges(field, 10);
    const told =
      typeof ranges === 'string'
        ? ranges
        : ranges.map(({ start, end }) => `${start}-${end}`).join(' ');
    expect(told).toBe(expected);
  });

  test('a field of 16 KiB costs no more than a look at it', () => {
    for (const unit of ['0-0,', ',', ' ', '9', '-', '0-0 ', '\t,']) {
      const field = `bytes=${unit.repeat(16_384 / unit.length)}`;
      // the least of many: what the machine and the compiler add is not what is asked
      let leastMs = Infinity;
      for (let time = 0; time < 50; time++) {
        const before = process.cpuUsage();
        readRanges(field, 10);
        leastMs = Math.min(leastMs, process.cpuUsage(before).user / 1000);
      }
      expect(leastMs).toBeLessThan(5);
    }
  });
});

test.each([
  ['bytes=0-', NONE],
  ['bytes=0-0', NONE],
  ['bytes=-0', NONE],
  ['bytes=-1', WHOLE],
])('of no bytes %s is %s', (field, expected) => {
  expect(readRanges(field, 0)).toBe(expected);
});

const LENGTH = 1024 * 1024 + 3;
const large = new Uint8Array(LENGTH);
// No two pieces alike: one in the place of another would show.
for (let at = 0; at < LENGTH; at++) large[at] = Math.imul(at, 2_654_435_761) >>> 24;
const small = large.subarray(0, 1000);
const root = diskRoot({ 'small.txt': small, 'large.txt': large, 'empty.txt': '' });
const LONG_AGO = new Date('2020-02-02T02:02:02.002Z');
for (const name of ['small.txt', 'large.txt']) utimesSync(join(root, name), LONG_AGO, LONG_AGO);
const MODIFIED = 'Sun, 02 Feb 2020 02:02:02 GMT';
const mount = { mountpoint: '/', origin: `file://${root}` };

const contents = { '/small.txt': small, '/large.txt': large } as const;
const ask = (mounted: Mounted, path: string, range: string, more: FakeRequest['fields'] = []) =>
  mounted.ask({ path, fields: [['range', range], ...more] });

describe.each([
  ['read at once', () => new DiskFops()],
  ['read on the thread pool', () => new DiskFops({ syncBytes: 0 })],
])('%s', (_name, fops) => {
  describe.each(['/small.txt', '/large.txt'] as const)('%s', (path) => {
    const mounted = new Mounted([mount], { fops: fops() });
    const content = contents[path];
    const size = content.length;

    test.each([
      ['bytes=0-0', 0, 1],
      ['bytes=0-', 0, size],
      ['bytes=1-', 1, size],
      ['bytes=500-599', 500, 600],
      [`bytes=${size - 1}-`, size - 1, size],
      ['bytes=-3', size - 3, size],
      [`bytes=-${NINES}`, 0, size],
      [`bytes=3-${NINES}`, 3, size],
    ])('%s is bytes %i to %i', async (range, start, end) => {
      const before = descriptors();
      const whole = await mounted.ask(path);
      for (let time = 0; time < 2; time++) {
        const answer = await ask(mounted, path, range);
        expect([answer.status, answer.length, answer.ended]).toEqual([206, end - start, true]);
        expect([...answer.fields]).toEqual([
          ...whole.fields,
          ['content-range', `bytes ${start}-${end - 1}/${size}`],
        ]);
        expect(Buffer.compare(answer.bytes, content.subarray(start, end))).toBe(0);
        expect(answer.mostHeld).toBeLessThanOrEqual(PIECE_BYTES);
        expect(answer.reported).toEqual([]);
      }
      expect(await closedAgain(before)).toBe(true);
    });

    test('several ranges are the parts of one body', async () => {
      const before = descriptors();
      for (const range of ['bytes=10-12,0-1,-2', `bytes=,10-12 ,\t0-1,${size}-,-2`]) {
        const answer = await ask(mounted, path, range);
        const type = answer.fields.get('content-type') ?? '';
        const boundary = /^multipart\/byteranges; boundary=([0-9a-f]{36})$/.exec(type)?.[1];
        const part = (start: number, end: number) =>
          Buffer.concat([
            Buffer.from(
              `--${boundary}\r\ncontent-type: text/plain; charset=utf-8\r\n` +
                `content-range: bytes ${start}-${end - 1}/${size}\r\n\r\n`,
            ),
            content.subarray(start, end),
            Buffer.from('\r\n'),
          ]);
        const expected = Buffer.concat([
          part(10, 13),
          part(0, 2),
          part(size - 2, size),
          Buffer.from(`--${boundary}--\r\n`),
        ]);
        expect([answer.status, answer.length]).toEqual([206, expected.length]);
        expect(Buffer.compare(answer.bytes, expected)).toBe(0);
        expect(answer.fields.get('etag')).toBe((await mounted.ask(path)).fields.get('etag'));
        expect(answer.fields.get('content-range')).toBeUndefined();
      }
      expect(await closedAgain(before)).toBe(true);
    });

    test('no two answers have one boundary', async () => {
      const types = new Set<string | undefined>();
      for (let time = 0; time < 5; time++)
        types.add((await ask(mounted, path, 'bytes=0-1,4-5')).fields.get('content-type'));
      expect(types.size).toBe(5);
    });

    test.each(['bytes=0-5,5-6', 'bytes=0-0,2-2,4-4,6-6,8-8,9-9', 'bytes=4-2', 'x=0-1'])(
      '%s is answered with everything',
      async (range) => {
        const answer = await ask(mounted, path, range);
        expect([answer.status, answer.length]).toEqual([200, size]);
        expect(Buffer.compare(answer.bytes, content)).toBe(0);
        expect(answer.fields.get('content-range')).toBeUndefined();
      },
    );

    test.each([`bytes=${size}-`, `bytes=${NINES}-`, 'bytes=-0'])('%s is 416', async (range) => {
      const before = descriptors();
      const answer = await ask(mounted, path, range);
      expect([answer.status, answer.fields.get('content-range')]).toEqual([416, `bytes */${size}`]);
      expect(answer.fields.get('cache-control')).toBe('no-store');
      expect(answer.reported).toEqual(['LWS_ERR_MOUNT_RANGE']);
      expect(await closedAgain(before)).toBe(true);
    });

    test('HEAD has no ranges', async () => {
      const answer = await mounted.ask({ method: 'HEAD', path, fields: [['range', 'bytes=0-1']] });
      expect([answer.status, answer.length]).toEqual([200, size]);
    });

    test('two Range fields are as good as none', async () => {
      const answer = await ask(mounted, path, 'bytes=0-1', [['range', 'bytes=4-5']]);
      expect(answer.status).toBe(200);
    });

    test('conditions come first', async () => {
      const etag = (await mounted.ask(path)).fields.get('etag') ?? '';
      const unchanged = await ask(mounted, path, 'bytes=0-1', [['if-none-match', etag]]);
      expect(unchanged.status).toBe(304);
      const other = await ask(mounted, path, 'bytes=0-1', [['if-match', '"other"']]);
      expect(other.status).toBe(412);
    });

    test('If-Range lets a range be sent of this very content alone', async () => {
      const etag = (await mounted.ask(path)).fields.get('etag') ?? '';
      for (const [value, status] of [
        [etag, 206],
        [`W/${etag}`, 200],
        ['"other"', 200],
        ['*', 200],
        ['', 200],
        [etag.slice(1), 200],
        [MODIFIED, 206],
        ['Sunday, 02-Feb-20 02:02:02 GMT', 206],
        ['Sun, 02 Feb 2020 02:02:01 GMT', 200],
        ['Sun, 02 Feb 2020 02:02:03 GMT', 200],
        ['never', 200],
      ] as const) {
        const answer = await ask(mounted, path, 'bytes=0-1', [['if-range', value]]);
        expect([value, answer.status]).toEqual([value, status]);
        const outside = await ask(mounted, path, `bytes=${size}-`, [['if-range', value]]);
        expect([value, outside.status]).toEqual([value, status === 206 ? 416 : 200]);
      }
    });
  });
});

test('a date of this very second is no reason to send a range', async () => {
  const clock = new VirtualClock(LONG_AGO.getTime() + 500);
  const mounted = new Mounted([mount], { clock });
  const status = async () =>
    (await ask(mounted, '/small.txt', 'bytes=0-1', [['if-range', MODIFIED]])).status;
  expect(await status()).toBe(200);
  await clock.advance(1000);
  expect(await status()).toBe(206);
});

test('an empty file has no ranges', async () => {
  const mounted = new Mounted([mount]);
  expect((await ask(mounted, '/empty.txt', 'bytes=0-')).status).toBe(416);
  expect((await ask(mounted, '/empty.txt', 'bytes=-1')).status).toBe(200);
});

test('parts that would be longer than an answer in one write are not made', async () => {
  const full = diskRoot({ 'full.txt': large.subarray(0, 64 * 1024) });
  const mounted = new Mounted([{ mountpoint: '/', origin: `file://${full}` }]);
  expect((await ask(mounted, '/full.txt', 'bytes=0-29999,30000-')).status).toBe(200);
  expect((await ask(mounted, '/full.txt', 'bytes=0-9999,30000-')).status).toBe(206);
});

test('a range of a large file reads nothing but the range', async () => {
  const reads: number[] = [];
  class Reading extends DiskFops {
    override read(
      ...[file, into, done]: Parameters<DiskFops['read']>
    ): ReturnType<DiskFops['read']> {
      reads.push(file.position, into.length);
      return super.read(file, into, done);
    }
  }
  const mounted = new Mounted([mount], { fops: new Reading() });
  await ask(mounted, '/large.txt', 'bytes=700000-700009,5-6');
  expect(reads).toEqual([700_000, 10, 5, 2]);
});

test('a peer that goes in the middle of a part leaves no descriptor', async () => {
  const before = descriptors();
  const mounted = new Mounted([mount]);
  for (let calls = 0; calls < 6; calls++) {
    const fields = [['range', 'bytes=0-1,400000-900000,3-4']] as const;
    const exchange = new FakeExchange({ path: '/large.txt', fields }, mounted.vhost);
    const answer = mounted.responder.respond(exchange);
    if (answer?.kind !== 'answer') throw new Error('no answer');
    for (let call = 0; call < calls; call++) {
      exchange.serve(answer);
      exchange.send();
    }
    answer.done(undefined);
  }
  expect(await closedAgain(before)).toBe(true);
});
