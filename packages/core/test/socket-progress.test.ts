/** What a slow peer took of a large write is seen before it took all of it: progress is judged by it. */
import { expect, test } from 'vitest';
import { openSlowPeer } from './slow-peer.ts';

const large = 16 * 1024 * 1024;

test('bufferedBytes goes down while a large write is under way', async () => {
  const { transport, client, close } = await openSlowPeer();
  try {
    expect(transport.write(new Uint8Array(large))).toBe(false);
    const before = transport.bufferedBytes;
    let taken = 0;
    await new Promise<void>((resolve) => {
      client.on('data', (chunk: Uint8Array) => {
        taken += chunk.length;
        if (taken < large / 2) return;
        client.pause();
        resolve();
      });
      client.resume();
    });
    expect(transport.bufferedBytes).toBeGreaterThan(0);
    expect(transport.bufferedBytes).toBeLessThan(before);
  } finally {
    close();
  }
});
