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
