import { RequestHeadReader } from '@lws-ts/http/framing';
import { expect, test } from 'vitest';
import { wire } from '../wire.ts';

// Best of many, so that other work on the machine does not count.
test('16 KiB byte by byte costs at most three times one piece', { retry: 2 }, () => {
  const head = wire(
    `GET / HTTP/1.1\r\nHost: a\r\n${`X-Name: ${'y'.repeat(150)}\r\n`.repeat(98)}\r\n`,
  );
  expect(head.length).toBeGreaterThan(15_000);
  const reader = new RequestHeadReader();
  const run = (step: number): void => {
    reader.reset();
    for (let at = 0; at < head.length; at += step)
      reader.push(head, at, Math.min(head.length, at + step));
    if (!reader.complete) throw new Error('not complete');
  };
  const best = (step: number): bigint => {
    let least = 1n << 60n;
    for (let round = 0; round < 60; round++) {
      const start = process.hrtime.bigint();
      run(step);
      const spent = process.hrtime.bigint() - start;
      if (spent < least) least = spent;
    }
    return least;
  };
  best(1);
  best(head.length);
  const whole = best(head.length);
  const single = best(1);
  expect(Number(single) / Number(whole)).toBeLessThan(3);
});
