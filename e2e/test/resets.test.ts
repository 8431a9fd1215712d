/** Peers that ask for a large file over TCP, stop reading and reset: no descriptor stays, and others are served. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createContext } from 'lws-ts';
import { expect, test } from 'vitest';

const PEERS = 200;
const descriptors = (): number => readdirSync('/proc/self/fd').length;

test.skipIf(!existsSync('/proc/self/fd'))(
  '200 resets in the middle of 10 MiB; counting descriptors takes /proc',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'resets-'));
    writeFileSync(join(folder, 'big.txt'), new Uint8Array(10 * 1024 * 1024));
    writeFileSync(join(folder, 'a.txt'), 'alpha');
    const context = await createContext({
      port: 0,
      interface: '127.0.0.1',
      mounts: [{ mountpoint: '/', origin: `file://${folder}` }],
    });
    const port = context.vhosts[0]?.port ?? 0;
    const before = descriptors();
    const peers = await Promise.all(
      Array.from({ length: PEERS }, async () => {
        const peer = connect(port, '127.0.0.1');
        peer.on('error', () => undefined);
        peer.write('GET /big.txt HTTP/1.1\r\nHost: a\r\n\r\n');
        await new Promise((resolve) => peer.once('data', resolve));
        peer.pause();
        return peer;
      }),
    );
    // Of each the two ends of the connection, and the file.
    expect(descriptors()).toBe(before + 3 * PEERS);
    const answer = await fetch(`http://127.0.0.1:${port}/a.txt`, {
      headers: { connection: 'close' },
    });
    expect(await answer.text()).toBe('alpha');
    for (const peer of peers) peer.resetAndDestroy();
    for (let wait = 0; wait < 100 && descriptors() > before; wait++) await sleep(20);
    expect(descriptors()).toBe(before);
    expect(context.counters.refused.size).toBe(0);
    await context.close({ deadlineSecs: 1 });
    rmSync(folder, { recursive: true });
  },
);
