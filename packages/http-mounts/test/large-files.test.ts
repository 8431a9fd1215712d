/** Large files that are asked for often: one copy for all transfers, within its bound, and never an old one. */
import { truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodedError, FileOps, FopsFile, HttpAnswer } from '@lws-ts/interface';
import { DiskFops, FopsBase } from '@lws-ts/vfs';
import { describe, expect, test } from 'vitest';
import { LargeFiles } from '../src/large-files.ts';
import { PIECE_BYTES } from '../src/piece-pool.ts';
import type { Representation } from '../src/representation.ts';
import { FakeExchange, type FakeRequest } from './fake-exchange.ts';
import { descriptors, diskRoot, Mounted, type MountedOptions } from './mounted.ts';

const LENGTH = 3 * PIECE_BYTES + 5000;
const content = new Uint8Array(LENGTH);
for (let at = 0; at < LENGTH; at++) content[at] = Math.imul(at, 2_654_435_761) >>> 24;
const other = content.toReversed();

/** Counts what is read. */
class CountingFops extends FopsBase {
  bytes = 0;

  override read(file: FopsFile, into: Uint8Array, done: (got: number | CodedError) => void) {
    const count = (got: number | CodedError): void => {
      if (typeof got === 'number') this.bytes += got;
    };
    const got = super.read(file, into, (later) => {
      count(later);
      done(later);
    });
    if (got !== undefined) count(got);
    return got;
  }
}

function mounted(options: MountedOptions = {}, next: FileOps = new DiskFops()) {
  const root = diskRoot({ 'big.txt': content });
  const fops = new CountingFops('counting', next);
  const all = new Mounted([{ mountpoint: '/', origin: `file://${root}` }], { fops, ...options });
  return { root, fops, all };
}

function begin(all: Mounted, fields: FakeRequest['fields'] = []) {
  const exchange = new FakeExchange({ path: '/big.txt', fields }, all.vhost);
  const answer = all.responder.respond(exchange);
  if (answer?.kind !== 'answer') throw new Error('no answer');
  return { exchange, answer };
}

const turn = () => new Promise<void>((later) => void setImmediate(later));

async function holding(exchange: FakeExchange, answer: HttpAnswer): Promise<void> {
  for (let at = 0; at < 100_000 && exchange.held === 0; at++) {
    exchange.serve(answer);
    await turn();
  }
}

describe.each([
  ['reading at once', () => new DiskFops()],
  ['reading on the thread pool', () => new DiskFops({ syncBytes: 0 })],
])('%s', (_name, disk) => {
  test('from the second request on one copy serves all, and closes its files', async () => {
    const { fops, all } = mounted({}, disk());
    const before = descriptors();
    for (const most of [1, 2, 2, 2, 2]) {
      const exchange = await all.ask('/big.txt');
      expect(Buffer.compare(exchange.bytes, content)).toBe(0);
      expect(fops.bytes).toBe(most * LENGTH);
    }
    expect(descriptors()).toBe(before);
  });

  test('transfers at different places fill it together', async () => {
    const { fops, all } = mounted({}, disk());
    await all.ask('/big.txt');
    const slow = [begin(all), begin(all), begin(all)];
    for (const { exchange, answer } of slow) await holding(exchange, answer);
    expect(fops.bytes).toBe(LENGTH + PIECE_BYTES);
    const fast = await all.ask('/big.txt');
    expect(Buffer.compare(fast.bytes, content)).toBe(0);
    for (const { exchange, answer } of slow) {
      while (!exchange.ended) {
        exchange.send();
        exchange.serve(answer);
      }
      answer.done(undefined);
      expect(Buffer.compare(exchange.bytes, content)).toBe(0);
    }
    expect(fops.bytes).toBe(2 * LENGTH);
  });

  test('a file that shrinks cuts the answer, and the next is of the new one', async () => {
    const { root, all } = mounted({}, disk());
    await all.ask('/big.txt');
    const { exchange, answer } = begin(all);
    await holding(exchange, answer);
    truncateSync(join(root, 'big.txt'), PIECE_BYTES + 10);
    for (let at = 0; at < 100_000 && exchange.aborted === undefined; at++) {
      exchange.send();
      exchange.serve(answer);
      await turn();
    }
    answer.done(undefined);
    expect(exchange.aborted).toBe('LWS_ERR_MOUNT_TRUNCATED');
    for (let each = 0; each < 3; each++)
      expect((await all.ask('/big.txt')).bodyLength).toBe(PIECE_BYTES + 10);
  });

  test.each([0, 1, 2, 3])('a peer that goes after %i calls leaves nothing open', async (calls) => {
    const { all } = mounted({}, disk());
    await all.ask('/big.txt');
    const before = descriptors();
    const { exchange, answer } = begin(all);
    for (let at = 0; at < calls; at++) exchange.serve(answer);
    answer.done(undefined);
    answer.done(undefined);
    for (let at = 0; at < 10_000 && descriptors() !== before; at++) await turn();
    expect(descriptors()).toBe(before);
  });
});

test('ranges come out of the same copy', async () => {
  const { fops, all } = mounted();
  await all.ask('/big.txt');
  await all.ask('/big.txt');
  const read = fops.bytes;
  for (const [start, end] of [
    [PIECE_BYTES - 3, 2 * PIECE_BYTES + 3],
    [LENGTH - 1, LENGTH],
    [5, PIECE_BYTES],
  ] as const) {
    const asked = { path: '/big.txt', fields: [['range', `bytes=${start}-${end - 1}`]] as const };
    const exchange = await all.ask(asked);
    expect(exchange.status).toBe(206);
    expect(Buffer.compare(exchange.bytes, content.subarray(start, end))).toBe(0);
  }
  expect(fops.bytes).toBe(read);
});

test('a file that changed is read anew, and whoever is being sent the old one has it whole', async () => {
  const { root, all } = mounted();
  await all.ask('/big.txt');
  await all.ask('/big.txt');
  const { exchange, answer } = begin(all);
  await holding(exchange, answer);
  writeFileSync(join(root, 'big.txt'), other);
  utimesSync(join(root, 'big.txt'), 1000, 1000);
  for (let each = 0; each < 4; each++)
    expect(Buffer.compare((await all.ask('/big.txt')).bytes, other)).toBe(0);
  while (!exchange.ended) {
    exchange.send();
    exchange.serve(answer);
  }
  answer.done(undefined);
  expect(Buffer.compare(exchange.bytes, content)).toBe(0);
});

test.each([0, LENGTH - 1])('largeFileCacheBytes: %i keeps none of it', async (limit) => {
  const { fops, all } = mounted({ largeFileCacheBytes: limit });
  for (let each = 1; each <= 4; each++) {
    await all.ask('/big.txt');
    expect(fops.bytes).toBe(each * LENGTH);
  }
});

test('who asks seldom has no copy', async () => {
  const { fops, all } = mounted();
  for (let each = 1; each <= 4; each++) {
    await all.ask('/big.txt');
    expect(fops.bytes).toBe(each * LENGTH);
    await all.clock.advance(10_001);
  }
});

describe('the bound', () => {
  /** As large as it says, and told from others by its time. */
  const file = (length: number, modTime = 0): Representation => {
    const made = { length, modTime, contentTag: undefined };
    const describes = (one: typeof made): boolean =>
      one.length === length && one.modTime === modTime;
    return { ...made, describes } as unknown as Representation;
  };
  const enter = (files: LargeFiles, key: string, now: number, one = file(40)) => {
    files.enter(key, one, true, now);
    return files.enter(key, one, true, now);
  };

  test('is kept: a file in use, or used lately, makes no room for another', () => {
    const files = new LargeFiles(100);
    const a = enter(files, 'a', 0);
    const b = enter(files, 'b', 0);
    if (a === undefined || b === undefined) throw new Error('no room');
    expect(files.bytes).toBe(80);
    files.leave(a);
    expect(enter(files, 'c', 5000)).toBeUndefined();
    expect(enter(files, 'c', 20_000)).toBeDefined();
    expect(files.bytes).toBe(80);
    expect(enter(files, 'd', 20_000)).toBeUndefined();
  });

  test('counts a replaced file until its last transfer is over', () => {
    const files = new LargeFiles(100);
    const old = enter(files, 'a', 0, file(60, 1));
    if (old === undefined) throw new Error('no room');
    expect(files.enter('a', file(60, 2), true, 1)).toBeUndefined();
    expect(files.bytes).toBe(60);
    files.leave(old);
    expect(files.bytes).toBe(0);
    expect(files.enter('a', file(60, 2), true, 2)).toBeDefined();
    expect(files.bytes).toBe(60);
  });

  test('a file that was changed a moment ago is not kept', () => {
    const files = new LargeFiles(100);
    for (let each = 0; each < 3; each++)
      expect(files.enter('a', file(40), false, 0)).toBeUndefined();
    expect(files.enter('a', file(40), true, 0)).toBeDefined();
  });

  test('of what was asked for once no more than 256 names are kept', () => {
    const files = new LargeFiles(100);
    files.enter('a', file(40), true, 0);
    for (let each = 0; each < 256; each++) files.enter(`${each}`, file(40), true, 0);
    expect(files.enter('a', file(40), true, 0)).toBeUndefined();
    expect(files.enter('255', file(40), true, 0)).toBeDefined();
  });
});
