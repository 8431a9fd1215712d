/** What a peer took of the kernel's buffers is seen before the kernel takes more: deadlines ask for it. */
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { unconfirmedBytes } from '../src/kernel-queue.ts';
import { openSlowPeer } from './slow-peer.ts';

const large = 16 * 1024 * 1024;

test.skipIf(process.platform !== 'linux')(
  'unconfirmedBytes goes down as the peer reads; only Linux tells it',
  { timeout: 60_000 },
  async () => {
    const { transport, client, close } = await openSlowPeer();
    try {
      expect(transport.write(new Uint8Array(large))).toBe(false);
      await sleep(1100);
      const before = transport.unconfirmedBytes() ?? 0;
      expect(before).toBeGreaterThan(0);
      expect(before + transport.bufferedBytes).toBeLessThanOrEqual(large);
      client.resume();
      client.on('data', () => undefined);
      for (let wait = 0; wait < 400 && transport.unconfirmedBytes() !== 0; wait++) await sleep(100);
      expect([transport.bufferedBytes, transport.unconfirmedBytes()]).toEqual([0, 0]);
    } finally {
      close();
    }
    expect(transport.unconfirmedBytes()).toBeUndefined();
  },
);

test('what is no socket says nothing', () => {
  const file = openSync(new URL(import.meta.url), 'r');
  expect(unconfirmedBytes(file)).toBeUndefined();
  closeSync(file);
  expect(unconfirmedBytes(file)).toBeUndefined();
});
