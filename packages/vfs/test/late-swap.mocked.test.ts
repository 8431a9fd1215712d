/** A FIFO that takes the place of a file between the look at it and its opening: nobody waits, nothing stays open. */
import { execFileSync, spawn } from 'node:child_process';
import type * as Fs from 'node:fs';
import { join } from 'node:path';
import type { CodedError, FopsFile } from '@lws-ts/interface';
import { expect, test, vi } from 'vitest';
import { DiskFops } from '../src/index.ts';
import { descriptors, diskRoot } from './disk-root.ts';

const look = vi.hoisted(() => ({ at: '' }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>();
  // What was there a moment ago.
  const statSync = (path: string, options: object): unknown =>
    fs.statSync(look.at === '' ? path : look.at, options);
  return { ...fs, statSync };
});

test.skipIf(process.platform === 'win32')(
  'is refused at once; Windows has no FIFOs in its directories',
  () => {
    const root = diskRoot({ 'file.txt': 'x' });
    execFileSync('mkfifo', [join(root, 'pipe.txt')]);
    // Whoever would wait for a writer gets one, so that the test ends.
    const writer = spawn('sh', ['-c', 'sleep 4; : > pipe.txt'], { cwd: root, stdio: 'ignore' });
    look.at = join(root, 'file.txt');
    const before = descriptors();
    const start = performance.now();
    let opened: FopsFile | CodedError | undefined;
    new DiskFops().open(root, '/pipe.txt', { write: false, acceptGzip: false }, (result) => {
      opened = result;
    });
    expect(performance.now() - start).toBeLessThan(3000);
    expect(opened).toMatchObject({ code: 'LWS_ERR_VFS_NOT_REGULAR' });
    expect(descriptors()).toBe(before);
    writer.kill('SIGKILL');
  },
);
