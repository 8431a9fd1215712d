import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { connectRawPeer, VirtualClock } from '@lws-ts/test-kit';
import { vfs } from '@lws-ts/vfs';
import { expect, test } from 'vitest';
import { httpMounts } from '../src/index.ts';
import { diskRoot } from './mounted.ts';

test('the page of the vhost stands for that of mounts', async () => {
  const context = await createContext({
    use: [http(), httpMounts(), vfs()],
    clock: new VirtualClock(),
    vhosts: [
      {
        port: -1,
        errorDocuments: { 404: { type: 'text/plain', body: 'nothing of that name' } },
        mounts: [{ mountpoint: '/', origin: `file://${diskRoot({ 'a.txt': 'alpha' })}` }],
      },
    ],
  });
  const [vhost] = context.vhosts;
  if (vhost === undefined) throw new Error('no vhost');
  const { peer } = await connectRawPeer(vhost);
  await peer.send('GET /none.txt HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(peer.text).toMatch(/^HTTP\/1\.1 404 /);
  expect(peer.text).toContain('content-type: text/plain\r\n');
  expect(peer.text.endsWith('\r\n\r\nnothing of that name')).toBe(true);
  await context.close({ deadlineSecs: 0 });
});
