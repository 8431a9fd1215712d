/** The first protocol of a vhost is asked of every request, those to an app that stands before the mounts too. */
import { connectRawPeer } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { createContext, fromWs, protocol } from '../src/index.ts';

const upgrade =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';

test.each([
  ['a request', '', '426'],
  ['an upgrade', upgrade, 'taken'],
])('%s to an app is asked of the filter first, once', async (_what, fields, passed) => {
  const asked: string[] = [];
  let taken = 0;
  const app = fromWs({
    handleUpgrade: (_request, socket) => {
      taken++;
      (socket as { write(text: string): void }).write('HTTP/1.1 101 taken\r\n\r\n');
    },
    emit: () => true,
  });
  const filter = protocol({
    name: 'filter',
    http: {
      filterHttpConnection(wsi) {
        asked.push(wsi.path);
        return wsi.header('x-no') === undefined;
      },
    },
  });
  const context = await createContext({
    port: -1,
    protocols: [filter],
    apps: [{ mountpoint: '/chat', app }],
  });
  const answers: string[] = [];
  for (const more of ['', 'X-No: 1\r\n']) {
    const { peer } = await connectRawPeer(context.vhosts[0] as never);
    await peer.send(`GET /chat HTTP/1.1\r\nHost: a\r\n${fields}${more}\r\n`);
    answers.push(/101 (taken)|(?<=1\.1 )\d+/.exec(peer.text)?.[0].replace('101 ', '') ?? '');
    await peer.reset();
  }
  expect([answers, asked]).toEqual([
    [passed, '403'],
    ['/chat', '/chat'],
  ]);
  expect(taken).toBe(fields === '' ? 0 : 1);
  await context.close({ deadlineSecs: 0 });
});
