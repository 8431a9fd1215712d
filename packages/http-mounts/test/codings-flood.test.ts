/** FLD-7: nothing that comes encoded is decoded, and no field makes files be encoded anew or kept more than once each. */
import { gzipSync } from 'node:zlib';
import { protocol } from '@lws-ts/interface';
import { expect, test, vi } from 'vitest';
import { FileCache } from '../src/file-cache.ts';
import { diskRoot, Mounted } from './mounted.ts';
import { bodies, openCallback } from './open-callback.ts';

test('FLD-7 a gzipped request body comes to the program as it was sent', async () => {
  const got: number[] = [];
  const counting = protocol({
    name: 'x',
    http: {
      request: () => undefined,
      body: (_wsi, bytes) => void got.push(bytes.length),
      bodyCompletion: (wsi) => wsi.reply(200, [], wsi.header('content-encoding')),
    },
  });
  const { connect } = await openCallback(
    [counting],
    [{ mountpoint: '/m', origin: 'callback://x' }],
  );
  const { peer } = await connect();
  const bomb = gzipSync(new Uint8Array(32 * 1024 * 1024));
  await peer.send(
    `POST /m HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`,
  );
  await peer.send(bomb);
  await vi.waitUntil(() => peer.text !== '');
  expect(bodies(peer.text)).toEqual(['200 gzip']);
  expect(got.reduce((sum, bytes) => sum + bytes, 0)).toBe(bomb.length);
});

test('FLD-7 1,000 different Accept-Encoding fields: a file is kept once for each encoding there is', async () => {
  const kept = vi.spyOn(FileCache.prototype, 'set');
  const root = diskRoot({ 'a.txt': 'plain', 'a.txt.gz': gzipSync('plain'), 'a.txt.br': 'brotli' });
  const mounted = new Mounted([{ mountpoint: '/', origin: `file://${root}`, precompressed: true }]);
  const statuses = new Set<number>();
  for (let each = 0; each < 1000; each++) {
    const name = ['gzip', 'br', 'zstd', `x-${each}`][each % 4];
    const field = `${name};q=0.${String(each).padStart(3, '0')}, x${each}`;
    const answer = await mounted.ask({ path: '/a.txt', fields: [['accept-encoding', field]] });
    statuses.add(answer.status);
  }
  expect([...statuses]).toEqual([200]);
  expect(new Set(kept.mock.calls.map(([key]) => key)).size).toBe(3);
  expect(kept.mock.calls.length).toBe(3);
  kept.mockRestore();
});
