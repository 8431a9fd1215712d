/** File operations of a program that say they have read what cannot be read: an error of the request, not a loop. */
import { createContext, type Vhost } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { connectRawPeer } from '@lws-ts/test-kit';
import { DiskFops, vfs } from '@lws-ts/vfs';
import { expect, test, vi } from 'vitest';
import { captureLog } from '../../core/test/captured-log.ts';
import { httpMounts } from '../src/index.ts';
import { diskRoot } from './mounted.ts';
import { get } from './open-callback.ts';

captureLog();
const root = diskRoot({ 'small.txt': 'small', 'large.txt': 'x'.repeat(300_000) });

class WrongFops extends DiskFops {
  reads = 0;
  readonly #got: number;

  constructor(got: number) {
    super();
    this.#got = got;
  }

  override read(): number {
    this.reads++;
    // so that a loop ends
    return this.reads > 50 ? 0 : this.#got;
  }
}

test.each([
  ['/small.txt', -1],
  ['/small.txt', Number.NaN],
  ['/large.txt', -1],
  ['/large.txt', Number.NaN],
])('of %s: %i', async (path, got) => {
  const fops = new WrongFops(got);
  const context = await createContext({
    use: [http(), httpMounts(), vfs()],
    fops,
    vhosts: [{ port: -1, mounts: [{ mountpoint: '/', origin: `file://${root}` }] }],
  });
  // one that is asked for twice is kept, and read by another
  for (const _ of [1, 2]) {
    fops.reads = 0;
    const { peer } = await connectRawPeer(context.vhosts[0] as Vhost);
    await peer.send(get(path, 'Connection: close\r\n'));
    await vi.waitUntil(() => peer.ended || peer.isClosed);
    expect(fops.reads).toBe(1);
    expect(peer.text).toMatch(path === '/small.txt' ? /^HTTP\/1.1 500 / : /^(?:HTTP\/1.1 200 |$)/);
  }
  expect(context.counters.refused.get('LWS_ERR_MOUNT_TRUNCATED' as never)).toBe(2);
  await context.close({ deadlineSecs: 0 });
});
