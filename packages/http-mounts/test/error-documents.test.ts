import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { connectRawPeer, VirtualClock } from '@lws-ts/test-kit';
import { vfs } from '@lws-ts/vfs';
import { expect, test } from 'vitest';
import { httpMounts } from '../src/index.ts';
import { diskRoot } from './mounted.ts';

test.each([
  [404, 'GET /none.txt', ''],
  [405, 'POST /a.txt', ''],
  [412, 'GET /a.txt', 'If-Match: "x"\r\n'],
  [416, 'GET /a.txt', 'Range: bytes=9-\r\n'],
])('the page of the vhost stands for that of mounts: %i', async (status, request, fields) => {
  const context = await createContext({
    use: [http(), httpMounts(), vfs()],
    clock: new VirtualClock(),
    vhosts: [
      {
        port: -1,
        errorDocuments: { [status]: { type: 'text/plain', body: 'nothing of that name' } },
        mounts: [{ mountpoint: '/', origin: `file://${diskRoot({ 'a.txt': 'alpha' })}` }],
      },
    ],
  });
  const [vhost] = context.vhosts;
  if (vhost === undefined) throw new Error('no vhost');
  const { peer } = await connectRawPeer(vhost);
  await peer.send(`${request} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
  expect(peer.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(peer.text).toContain('content-type: text/plain\r\n');
  expect(peer.text.endsWith('\r\n\r\nnothing of that name')).toBe(true);
  await context.close({ deadlineSecs: 0 });
});
