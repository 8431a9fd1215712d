/** When no descriptor is left, a file that was read before is served from memory, not refused. */

import type { CodedError, FopsFile, FopsFlags } from '@lws-ts/interface';
import { VirtualClock } from '@lws-ts/test-kit';
import { DiskFops } from '@lws-ts/vfs';
import { expect, test } from 'vitest';
import { diskRoot, Mounted } from './mounted.ts';

class Exhausted extends DiskFops {
  exhausted = false;
  override open(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    done: (file: FopsFile | CodedError) => void,
  ): void {
    if (this.exhausted)
      done({ code: 'LWS_ERR_VFS_NO_DESCRIPTORS', message: 'none left', hint: '', status: 503 });
    else super.open(path, virtualPath, flags, done);
  }
}

test('a cached file outlives the last descriptor', async () => {
  const root = diskRoot({ 'a.txt': 'hello' });
  const clock = new VirtualClock(Date.now() + 60_000);
  const fops = new Exhausted();
  const mounted = new Mounted([{ mountpoint: '/', origin: `file://${root}` }], { fops, clock });
  expect((await mounted.ask('/a.txt')).status).toBe(200);
  await clock.advance(2000);
  fops.exhausted = true;
  const asked = await mounted.ask('/a.txt');
  expect(asked.status).toBe(200);
  // and again: the failure has not thrown it out
  await clock.advance(2000);
  expect((await mounted.ask('/a.txt')).status).toBe(200);
});
