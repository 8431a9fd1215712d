import { appendFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodedError, FileOps, FopsFile, FopsFlags, HttpAnswer } from '@lws-ts/interface';
import { DiskFops, FopsBase } from '@lws-ts/vfs';
import { describe, expect, test } from 'vitest';
import { PIECE_BYTES } from '../src/piece-pool.ts';
import { FakeExchange } from './fake-exchange.ts';
import { descriptors, diskRoot, Mounted } from './mounted.ts';

const LENGTH = 10 * 1024 * 1024 + 7;
const content = new Uint8Array(LENGTH);
// No two pieces alike: one in the place of another would show.
for (let at = 0; at < LENGTH; at++) content[at] = Math.imul(at, 2_654_435_761) >>> 24;
const root = diskRoot({ 'big.txt': content });

const turn = () => new Promise<void>((later) => void setImmediate(later));
const plus = (count: number | undefined, more: number) =>
  count === undefined ? undefined : count + more;

function begin(fops: FileOps, path = '/big.txt'): { exchange: FakeExchange; answer: HttpAnswer } {
  const mounted = new Mounted([{ mountpoint: '/', origin: `file://${root}` }], { fops });
  const exchange = new FakeExchange({ path }, mounted.vhost);
  const answer = mounted.responder.respond(exchange);
  if (answer?.kind !== 'answer') throw new Error('no answer');
  return { exchange, answer };
}

/** Serves and sends until the answer ends. */
async function run(exchange: FakeExchange, answer: HttpAnswer): Promise<void> {
  for (let at = 0; at < 100_000 && !exchange.ended && exchange.aborted === undefined; at++) {
    exchange.serve(answer);
    exchange.serve(answer);
    exchange.send();
    await turn();
  }
  answer.done(undefined);
}

describe.each([
  ['reading at once', new DiskFops()],
  ['reading on the thread pool', new DiskFops({ syncBytes: 0 })],
])('%s', (_name, fops) => {
  test('10 MiB arrive whole, one piece at a time, spurious writeables notwithstanding', async () => {
    const before = descriptors();
    const { exchange, answer } = begin(fops);
    expect([exchange.status, exchange.length]).toEqual([200, LENGTH]);
    expect(descriptors()).toBe(plus(before, 1));
    await run(exchange, answer);
    expect(Buffer.compare(exchange.bytes, content)).toBe(0);
    expect(exchange.ended).toBe(true);
    expect(exchange.mostHeld).toBe(PIECE_BYTES);
    for (let at = 0; at < 3; at++) exchange.serve(answer);
    expect(exchange.bodyLength).toBe(LENGTH);
    expect(descriptors()).toBe(before);
  });

  test('a peer that takes nothing holds one piece; its end closes the file', async () => {
    const before = descriptors();
    const { exchange, answer } = begin(fops);
    for (let at = 0; at < 100_000 && exchange.held === 0; at++) {
      exchange.serve(answer);
      await turn();
    }
    for (let at = 0; at < 20; at++) {
      exchange.serve(answer);
      await turn();
    }
    expect([exchange.held, exchange.bodyLength]).toEqual([PIECE_BYTES, PIECE_BYTES]);
    expect(descriptors()).toBe(plus(before, 1));
    answer.done(undefined);
    expect(descriptors()).toBe(before);
    exchange.send();
    exchange.serve(answer);
    expect(exchange.bodyLength).toBe(PIECE_BYTES);
  });

  test('the last byte read closes the file, whenever the peer takes it', async () => {
    const before = descriptors();
    const { exchange, answer } = begin(fops);
    for (let at = 0; at < 100_000 && exchange.bodyLength < LENGTH; at++) {
      exchange.send();
      exchange.serve(answer);
      await turn();
    }
    expect([exchange.ended, exchange.held]).toEqual([true, LENGTH % PIECE_BYTES]);
    expect(descriptors()).toBe(before);
    exchange.send();
    answer.done(undefined);
    expect(descriptors()).toBe(before);
  });

  test.each([0, 1, 2, 3, 4, 5])('the peer goes after %i calls: closed once', async (calls) => {
    const before = descriptors();
    const { exchange, answer } = begin(fops);
    for (let at = 0; at < calls; at++) {
      exchange.serve(answer);
      if (at % 2 === 1) exchange.send();
    }
    answer.done(undefined);
    answer.done(undefined);
    // A read on the thread pool keeps its descriptor until it is over.
    for (let at = 0; at < 10_000 && descriptors() !== before; at++) await turn();
    expect(descriptors()).toBe(before);
  });

  test('a file that grows is served as long as it was', async () => {
    writeFileSync(join(root, 'growing.txt'), content.subarray(0, 600_000));
    const { exchange, answer } = begin(fops, '/growing.txt');
    exchange.serve(answer);
    appendFileSync(join(root, 'growing.txt'), content);
    await run(exchange, answer);
    expect([exchange.bodyLength, exchange.ended]).toEqual([600_000, true]);
  });

  test('a file that shrinks cuts the answer', async () => {
    const before = descriptors();
    writeFileSync(join(root, 'shrinking.txt'), content.subarray(0, 600_000));
    const { exchange, answer } = begin(fops, '/shrinking.txt');
    truncateSync(join(root, 'shrinking.txt'), 300_000);
    await run(exchange, answer);
    expect([exchange.bodyLength, exchange.ended]).toEqual([300_000, false]);
    expect(exchange.aborted).toBe('LWS_ERR_MOUNT_TRUNCATED');
    expect(descriptors()).toBe(before);
  });
});

test('a thousand peers that stop and go leave no descriptor', () => {
  const fops = new DiskFops();
  const mounted = new Mounted([{ mountpoint: '/', origin: `file://${root}` }], { fops });
  const before = descriptors();
  for (let peer = 0; peer < 1000; peer++) {
    const exchange = new FakeExchange({ path: '/big.txt' }, mounted.vhost);
    const answer = mounted.responder.respond(exchange);
    if (answer?.kind !== 'answer') throw new Error('no answer');
    exchange.serve(answer);
    answer.done(undefined);
  }
  expect(descriptors()).toBe(before);
});

test("bytes that are still being sent are nobody else's, even when their peer is gone", async () => {
  const mounted = new Mounted([{ mountpoint: '/', origin: `file://${root}` }]);
  const start = () => {
    const exchange = new FakeExchange({ path: '/big.txt' }, mounted.vhost);
    const answer = mounted.responder.respond(exchange);
    if (answer?.kind !== 'answer') throw new Error('no answer');
    return { exchange, answer };
  };
  const gone = Array.from({ length: 6 }, start);
  for (const { exchange, answer } of gone) {
    exchange.serve(answer);
    answer.done(undefined);
  }
  const next = start();
  await run(next.exchange, next.answer);
  for (const { exchange } of gone) expect(() => exchange.send()).not.toThrow();
  const last = start();
  await run(last.exchange, last.answer);
  expect(Buffer.compare(last.exchange.bytes, content)).toBe(0);
});

test('a file that opens after its peer has gone is closed again', async () => {
  const opening: (() => void)[] = [];
  class SlowFops extends FopsBase {
    override open(
      path: string,
      virtualPath: string,
      flags: FopsFlags,
      done: (file: FopsFile | CodedError) => void,
    ): void {
      opening.push(() => void super.open(path, virtualPath, flags, done));
    }
  }
  const before = descriptors();
  for (const path of ['/big.txt', '/none.txt']) {
    const { exchange, answer } = begin(new SlowFops('slow', new DiskFops()), path);
    exchange.serve(answer);
    answer.done(undefined);
    for (const open of opening.splice(0)) open();
    expect(exchange.status).toBe(0);
  }
  expect(descriptors()).toBe(before);
});

test('a small file whose peer goes while it is read is closed too', async () => {
  writeFileSync(join(root, 'small.txt'), 'small');
  const before = descriptors();
  const { exchange, answer } = begin(new DiskFops({ syncBytes: 0 }), '/small.txt');
  answer.done(undefined);
  for (let at = 0; at < 10_000 && descriptors() !== before; at++) await turn();
  expect(descriptors()).toBe(before);
  expect(exchange.status).toBe(0);
});
