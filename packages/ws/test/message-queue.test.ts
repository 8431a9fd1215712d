/** Messages that wait: their order, what they count, and the list behind them. */
import type { WsTx } from '@lws-ts/interface';
import { expect, test } from 'vitest';
import { MessageQueue } from '../src/message-queue.ts';
import { prepare } from '../src/prepared-message.ts';

/** Takes `most` messages, then says stop. */
function taker(most = Number.POSITIVE_INFINITY) {
  const sent: string[] = [];
  const send = (line: string): boolean => {
    sent.push(line);
    return sent.length < most;
  };
  const tx = {
    text: (data: string) => send(`text ${data}`),
    binary: (data: Uint8Array) => send(`binary ${data.length}`),
    prepared: () => send('prepared'),
  } as unknown as WsTx;
  return { tx, sent };
}

test('bytes are those of UTF-8, of a view its own, of a prepared message its payload', () => {
  const queue = new MessageQueue();
  const sizes: number[] = [];
  for (const data of ['aé€😀', new Uint8Array(100).subarray(10, 15), prepare('éé')]) {
    queue.add(data);
    sizes.push(queue.bytes);
  }
  expect(sizes).toEqual([10, 15, 19]);
  queue.sendTo(taker(1).tx);
  expect([queue.bytes, queue.length]).toEqual([9, 2]);
});

test('a message that is still being read keeps its place: nothing passes it', () => {
  const queue = new MessageQueue();
  queue.add('first');
  const fill = queue.place(3);
  queue.add('last');
  const { tx, sent } = taker();
  expect([queue.sendTo(tx), sent, queue.bytes, queue.length]).toEqual([
    false,
    ['text first'],
    7,
    2,
  ]);
  fill(new Uint8Array(3));
  expect([queue.sendTo(tx), sent]).toEqual([false, ['text first', 'binary 3', 'text last']]);
  expect([queue.bytes, queue.length]).toEqual([0, 0]);
});

test('says whether more could go at once', () => {
  const queue = new MessageQueue();
  queue.add('a');
  queue.add('b');
  queue.place(1);
  expect(queue.sendTo(taker(1).tx)).toBe(true);
  // what is still being read could not
  expect(queue.sendTo(taker(1).tx)).toBe(false);
});

test('keeps order and count while thousands come and go', () => {
  const queue = new MessageQueue();
  const { tx, sent } = taker();
  const one = { ...tx, text: (data: string) => tx.text(data) && false } as WsTx;
  for (let at = 0; at < 1000; at++) queue.add(`${at}`);
  for (let at = 1000; at < 5000; at++) {
    queue.add(`${at}`);
    queue.sendTo(one);
  }
  expect(queue.length).toBe(1000);
  queue.sendTo(tx);
  expect(sent).toEqual(Array.from({ length: 5000 }, (_, at) => `text ${at}`));
  expect([queue.length, queue.bytes]).toEqual([0, 0]);
});

test('bytes of its own are all but those of prepared messages', () => {
  const queue = new MessageQueue();
  const sizes: number[] = [];
  for (const data of ['four', new Uint8Array(5), prepare('prepared')]) {
    queue.add(data);
    sizes.push(queue.ownBytes);
  }
  queue.place(100);
  expect([...sizes, queue.ownBytes]).toEqual([4, 9, 9, 109]);
  queue.dropOldest();
  expect([queue.ownBytes, queue.bytes]).toEqual([105, 113]);
  queue.clear();
  expect([queue.ownBytes, queue.bytes]).toEqual([0, 0]);
});

test('what passed through takes no memory, though it is never empty', () => {
  const queue = new MessageQueue();
  const tx = { text: () => false } as unknown as WsTx;
  const pass = (count: number): number => {
    for (let at = 0; at < count; at++) {
      queue.add('x');
      queue.sendTo(tx);
    }
    return process.memoryUsage().heapUsed;
  };
  queue.add('first');
  const before = pass(1000);
  // 8 bytes a place would be 32 MiB
  expect(pass(4_000_000) - before).toBeLessThan(24 * 2 ** 20);
  expect(queue.length).toBe(1);
});
