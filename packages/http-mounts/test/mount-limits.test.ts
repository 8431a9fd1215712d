import { protocol } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import { Mounted } from './mounted.ts';
import { bodies, get, openCallback, post } from './open-callback.ts';

const sink = protocol({
  name: 'sink',
  http: {
    body: () => undefined,
    bodyCompletion: (wsi) => wsi.reply(200, [], `${wsi.contentLength ?? 'chunked'}`),
    request: (wsi) => (wsi.hasBody ? undefined : wsi.reply(200, [], 'none')),
  },
});
const origin = 'callback://sink';

describe('maxHttpBodySize', () => {
  test('of a mount stands in place of that of the vhost, more or less', async () => {
    const { connect, vhost } = await openCallback(
      [sink],
      [
        { mountpoint: '/', origin },
        { mountpoint: '/more', origin, maxHttpBodySize: 3_000_000 },
        { mountpoint: '/less', origin, maxHttpBodySize: 3 },
      ],
    );
    for (const [path, size, expected] of [
      ['/more', 3_000_000, '200 3000000'],
      ['/more', 3_000_001, '413'],
      ['/less', 3, '200 3'],
      ['/less', 4, '413'],
      ['/', 1_048_576, '200 1048576'],
      ['/', 1_048_577, '413'],
    ] as const) {
      const { peer } = await connect();
      await peer.send(post(path, 'x'.repeat(size)));
      for (let turn = 0; turn < 300 && peer.text === ''; turn++) await peer.send('');
      expect(bodies(peer.text), `${path} ${size}`).toEqual([expected]);
    }
    expect([...vhost.counters.refused]).toEqual([['LWS_ERR_HTTP_BODY_LIMIT', 3]]);
  });

  test('chunked bodies count as they come', async () => {
    const { connect } = await openCallback(
      [sink],
      [{ mountpoint: '/', origin, maxHttpBodySize: 20 }],
    );
    const chunked = get('/', 'Transfer-Encoding: chunked\r\n', 'POST');
    const good = await connect();
    await good.peer.send(`${chunked}5\r\nhello\r\n0\r\n\r\n`);
    expect(bodies(good.peer.text)).toEqual(['200 chunked']);
    const bad = await connect();
    await bad.peer.send(`${chunked}15\r\n`);
    expect(bodies(bad.peer.text)).toEqual(['413']);
  });
});

test('keepaliveTimeout is that of the mount of the last request', async () => {
  const { connect, clock } = await openCallback(
    [sink],
    [
      { mountpoint: '/', origin },
      { mountpoint: '/long', origin, keepaliveTimeout: 60 },
      { mountpoint: '/short', origin, keepaliveTimeout: 0.5 },
    ],
  );
  const idle = async (...paths: readonly string[]): Promise<number> => {
    const { peer } = await connect();
    for (const path of paths) await peer.send(get(path));
    for (let ms = 0; ; ms += 500) {
      if (peer.ended || ms > 100_000) return ms;
      await clock.advance(500);
    }
  };
  expect(await idle('/short')).toBeLessThanOrEqual(1000);
  expect(await idle('/short', '/')).toBeGreaterThanOrEqual(4500);
  expect(await idle('/', '/long')).toBeGreaterThanOrEqual(59_500);
  expect(await idle('/long', '/short')).toBeLessThanOrEqual(1000);
});

test.each([
  ['maxHttpBodySize', -1],
  ['maxHttpBodySize', 1.5],
  ['maxHttpBodySize', '1'],
  ['keepaliveTimeout', 0],
  ['keepaliveTimeout', 3601],
  ['keepaliveTimeout', Number.NaN],
])('%s of %j is refused', (option, value) => {
  const mount = { mountpoint: '/', origin: 'file://.', [option]: value };
  expect(() => new Mounted([mount])).toThrow(expect.objectContaining({ code: 'LWS_ERR_OPTION' }));
});
