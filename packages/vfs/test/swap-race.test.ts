import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { DiskFops } from '../src/index.ts';
import { diskRoot } from './disk-root.ts';
import { openNow, readText } from './file-ops-suite.ts';

/** Exchanges the name between the file inside and a link that leads out, as fast as it can. */
const SWAPPER = `
const { parentPort, workerData } = require('node:worker_threads');
const { renameSync, symlinkSync, writeFileSync } = require('node:fs');
const { name, aside, outside } = workerData;
const stop = new Int32Array(workerData.stop);
parentPort.postMessage('swapping');
while (Atomics.load(stop, 0) === 0) {
  symlinkSync(outside, aside);
  renameSync(aside, name);
  writeFileSync(aside, 'public');
  renameSync(aside, name);
}
`;

test('a thread that swaps file and link while we open', async () => {
  const base = diskRoot({ 'secret.txt': 'SECRET', 'www/f.txt': 'public' });
  const root = join(base, 'www');
  const stop = new SharedArrayBuffer(4);
  const worker = new Worker(SWAPPER, {
    eval: true,
    workerData: {
      name: join(root, 'f.txt'),
      aside: join(root, 'aside.txt'),
      outside: join(base, 'secret.txt'),
      stop,
    },
  });
  await new Promise((swapping) => {
    worker.once('message', swapping);
  });
  const fops = new DiskFops();
  const seen = new Set<string>();
  const began = Date.now();
  const both = () => seen.has('public') && seen.has('LWS_ERR_VFS_OUTSIDE');
  // on a busy machine the thread may stand still with its link for as long
  while (Date.now() < began + (both() ? 700 : 10_000)) {
    const opened = await openNow(fops, root, 'f.txt');
    seen.add('fops' in opened ? await readText(opened, 64) : opened.code);
    if ('fops' in opened) fops.close(opened);
  }
  Atomics.store(new Int32Array(stop), 0, 1);
  await new Promise((ended) => {
    worker.once('exit', ended);
  });
  // An empty file is one the thread was about to write.
  for (const outcome of seen) expect(['public', '', 'LWS_ERR_VFS_OUTSIDE']).toContain(outcome);
  expect(seen).toContain('public');
  expect(seen).toContain('LWS_ERR_VFS_OUTSIDE');
});
