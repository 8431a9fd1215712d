import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { connectRawPeer, VirtualClock } from '@lws-ts/test-kit';
import { vfs } from '@lws-ts/vfs';
import { expect, test } from 'vitest';
import { httpMounts } from '../src/index.ts';
import { diskRoot } from './mounted.ts';

/** What is answered to a request by a vhost with these options. */
async function answered(options: object, request: string): Promise<string> {
  const context = await createContext({
    use: [http(), httpMounts(), vfs()],
    clock: new VirtualClock(),
    vhosts: [
      {
        port: -1,
        mounts: [{ mountpoint: '/', origin: `file://${diskRoot({ 'a.txt': 'alpha' })}` }],
        ...options,
      },
    ],
  });
  const [vhost] = context.vhosts;
  if (vhost === undefined) throw new Error('no vhost');
  const { peer } = await connectRawPeer(vhost);
  await peer.send(request);
  await context.close({ deadlineSecs: 0 });
  return peer.text;
}

test.each([
  [404, 'GET /none.txt', ''],
  [405, 'POST /a.txt', ''],
  [412, 'GET /a.txt', 'If-Match: "x"\r\n'],
  [416, 'GET /a.txt', 'Range: bytes=9-\r\n'],
])('the page of the vhost stands for that of mounts: %i', async (status, request, fields) => {
  const text = await answered(
    { errorDocuments: { [status]: { type: 'text/plain', body: 'nothing of that name' } } },
    `${request} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`,
  );
  expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(text).toContain('content-type: text/plain\r\n');
  expect(text.endsWith('\r\n\r\nnothing of that name')).toBe(true);
});

test.each([
  ['of mounts', {}, "default-src 'none'; style-src 'unsafe-inline'"],
  [
    'of the vhost',
    { errorDocuments: { 404: { type: 'text/html', body: '' } } },
    "default-src 'self'",
  ],
])('the page %s has its policy: %o', async (_whose, options, policy) => {
  const headers = { 'content-security-policy': "default-src 'self'" };
  const text = await answered({ headers, ...options }, 'GET /none.txt HTTP/1.1\r\nHost: a\r\n\r\n');
  const policies = text.match(/(?<=^content-security-policy: ).*(?=\r$)/gm);
  expect(policies).toEqual([policy]);
});
