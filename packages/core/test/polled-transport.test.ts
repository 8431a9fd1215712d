import type { Transport } from '@lws-ts/interface';
import { memoryTransportPair, settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { ParkedAccepts } from '../src/parked-accepts.ts';
import { LWS_POLLIN, type PollFd } from '../src/poll-args.ts';
import { PollSet } from '../src/poll-set.ts';
import { transportCompliance } from './transport-compliance.ts';

const limits = { maxParkedInput: 4096, maxParkedAccepts: 2 };

/** A program that services what is ready in a later phase. */
function servicing(): PollSet {
  const set: PollSet = new PollSet(
    {
      ready: (pollfd) => {
        setImmediate(() => set.serviceFd(pollfd));
      },
    },
    limits,
  );
  return set;
}

describe('a polled transport keeps the contract of transports', () => {
  transportCompliance('memory, polled', {
    async pair() {
      const [a, b] = memoryTransportPair();
      const set = servicing();
      return [set.watch(a), set.watch(b)];
    },
    probesLater: true,
    abortLooksLike: 'reset',
    floodBytes: 300_000,
  });
});

describe('a polled transport', () => {
  test('that is released gives back what it read', async () => {
    const [a, b] = memoryTransportPair();
    const back: string[] = [];
    const below = Object.assign(a, {
      unread: (bytes: Uint8Array) => back.unshift(Buffer.from(bytes).toString()),
    });
    const told: string[] = [];
    const set = new PollSet({ delPollFd: () => told.push('del'), ready: () => undefined }, limits);
    const polled = set.watch(below);
    polled.attach({
      rx: () => told.push('rx'),
      peerEnded: () => undefined,
      drained: () => undefined,
      closed: () => undefined,
    });
    polled.read(true);
    b.write(Buffer.from('one'));
    await settle();
    b.write(Buffer.from('two'));
    await settle();
    polled.release();
    expect([back, told]).toEqual([['one', 'two'], ['del']]);
  });
});

describe('accepted connections', () => {
  test('wait to be serviced, up to maxParkedAccepts', () => {
    const ready: PollFd[] = [];
    const set = new PollSet({ ready: (pollfd) => ready.push(pollfd) }, limits);
    const accepted: Transport[] = [];
    const parked = new ParkedAccepts(set, (transport) => accepted.push(transport));
    const [one] = memoryTransportPair();
    const [two] = memoryTransportPair();
    const [three] = memoryTransportPair();
    const [four] = memoryTransportPair();
    expect([parked.push(one), parked.push(two), parked.push(three)]).toEqual([true, true, false]);
    expect(accepted).toEqual([]);
    expect(ready).toMatchObject([{ events: LWS_POLLIN, revents: LWS_POLLIN }]);
    set.serviceFd(ready[0] as PollFd);
    expect(accepted).toEqual([one, two]);
    expect(parked.push(four)).toBe(true);
    parked.close();
    expect(accepted).toEqual([one, two]);
    expect(four.probe()).toBe(false);
  });
});
