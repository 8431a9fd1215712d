import { expect, test } from 'vitest';
import { asStored, identity } from '../src/content-coding.ts';
import { fileKey, RecentFileKeys } from '../src/file-request.ts';
import type { FileMount } from '../src/mount.ts';
import { readMount } from '../src/read-mount.ts';

const mounts = [1, 2].map(
  (id) => readMount({ mountpoint: '/', origin: 'file://./www' }, 'mounts[0]', id) as FileMount,
);

test('a key that is known is that of the same mount, path and coding, whatever was asked for between', () => {
  const keys = new RecentFileKeys();
  const paths = ['', '/', '/a', '/b', '/ab', '/ba', '/index.html'];
  for (let each = 0; each < 200; each++) paths.push(`/page/${each}`);
  const seen = new Set<string>();
  for (let round = 0; round < 2; round++)
    for (const path of paths)
      for (const mount of mounts)
        for (const coding of [identity, asStored]) {
          const key = keys.key(mount, path, coding);
          expect(key).toBe(fileKey(mount, path, coding));
          seen.add(key);
        }
  expect(seen.size).toBe(paths.length * mounts.length * 2);
});
