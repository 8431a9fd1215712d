/** RFC 9112 §9.3.2: requests of a client that follow each other before the first is answered. */
import { expect, test } from 'vitest';
import { type Asked, ask, client, events, origin, over, until } from './http-client.ts';
import { answer } from './scripted-origin.ts';

const chunked =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nb1\r\n2\r\nb2\r\n0\r\nx-t: 1\r\n\r\n';
const pipeline: Asked = { pipeline: true };
const settle = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 30));
const paths = (server: { requests: readonly { head: string }[] }): readonly string[] =>
  server.requests.map(({ head }) => head.split(' ').slice(0, 2).join(' '));

test.each([1, 2, 7, 40, 10_000])(
  'answers in pieces of %i go to whom they are for',
  async (size) => {
    const server = await origin(() => undefined);
    const context = await client();
    for (const path of ['a', 'b', 'c', 'd']) ask(context, `${server.url}${path}`, pipeline);
    // nothing was answered
    await until(() => server.requests.length === 4);
    expect(paths(server)).toEqual(['GET /a', 'GET /b', 'GET /c', 'GET /d']);
    const all = Buffer.from(`${answer('a')}${chunked}${answer('', '', '204 No')}${answer('dd')}`);
    for (let at = 0; at < all.length; at += size) {
      server.sockets[0]?.write(all.subarray(at, at + size));
      if (all.length / size < 400) await new Promise((resolve) => setImmediate(resolve));
    }
    await over(4);
    expect(events.filter((one) => one.startsWith('completed'))).toEqual([
      'completed "a"',
      'completed "b1b2" x-t=1',
      'completed ""',
      'completed "dd"',
    ]);
    expect(server.sockets).toHaveLength(1);
  },
);

test('one that comes later is sent behind those that are not answered', async () => {
  const server = await origin(() => undefined);
  const context = await client();
  ask(context, `${server.url}a`, pipeline);
  await until(() => server.requests.length === 1);
  ask(context, `${server.url}b`, pipeline);
  await until(() => server.requests.length === 2);
  server.sockets[0]?.write(answer('a'));
  await over(1);
  ask(context, `${server.url}c`, pipeline);
  await until(() => server.requests.length === 3);
  server.sockets[0]?.write(answer('b') + answer('c'));
  await over(3);
  expect(server.sockets).toHaveLength(1);
});

test.each<[string, Asked, Asked]>([
  ['behind POST', { method: 'POST' }, {}],
  ['POST', {}, { method: 'POST' }],
  ['a request with a body', {}, { method: 'PUT', requestBody: 'b' }],
  ['behind a request with a body', { method: 'PUT', requestBody: 'b'.repeat(400_000) }, {}],
])('%s: not before the answer', async (_name, first, second) => {
  const server = await origin(() => undefined);
  const context = await client();
  ask(context, `${server.url}a`, { ...pipeline, ...first });
  ask(context, `${server.url}b`, { ...pipeline, ...second });
  await until(() => server.requests.length === 1);
  await settle();
  expect(server.requests).toHaveLength(1);
  server.sockets[0]?.write(answer('a'));
  await until(() => server.requests.length === 2);
  server.sockets[0]?.write(answer('b'));
  await over(2);
  expect(server.sockets).toHaveLength(1);
});

test.each<[string, string, boolean]>([
  ['is lost', answer('a'), true],
  ['is lost in the middle of an answer', answer('a').slice(0, -1), true],
  ['is closed by its answer', answer('a', 'Connection: close\r\n'), false],
  ['is closed behind bytes that are no answer', `${answer('a')}no answer\r\n\r\n`, false],
])(
  'a connection that %s: who was not answered asks once more, one by one',
  async (_name, bytes, ends) => {
    const server = await origin(({ at }, socket) => {
      if (at > 3) setTimeout(() => socket.write(answer(`n${at}`)), 10);
    });
    const context = await client();
    for (const path of ['a', 'b', 'c']) ask(context, `${server.url}${path}`, pipeline);
    await until(() => server.requests.length === 3);
    if (ends) server.sockets[0]?.end(bytes);
    else server.sockets[0]?.write(bytes);
    await over(3);
    const again = server.requests.slice(3);
    const retried = bytes.includes('no answer') ? ['GET /c'] : ['GET /b', 'GET /c'];
    expect(paths({ requests: again })).toEqual(retried);
    const told = events.filter((one) => /^(completed|failed|closed LWS)/.test(one));
    expect(told.filter((one) => one.startsWith('completed "n'))).toHaveLength(retried.length);
    expect(told).toHaveLength(3);
  },
);

test('one that is given up when it was sent ends the connection, and the others ask once more', async () => {
  const server = await origin(({ at }, socket) => {
    if (at > 3) socket.write(answer(`n${at}`));
  });
  const context = await client();
  ask(context, `${server.url}a`, pipeline);
  const second = ask(context, `${server.url}b`, pipeline);
  ask(context, `${server.url}c`, pipeline);
  await until(() => server.requests.length === 3);
  second.abort();
  await over(1);
  server.sockets[0]?.write(answer('a') + answer('b'));
  await over(3);
  expect(events.filter((one) => /^(completed|failed)/.test(one))).toEqual([
    'failed LWS_ERR_CONNECT_ABORTED',
    'completed "a"',
    'completed "n4"',
  ]);
  expect(paths(server).slice(3)).toEqual(['GET /c']);
});

test('one that its handler refuses is not sent', async () => {
  const server = await origin(() => undefined);
  const context = await client({
    appendHandshakeHeader: (wsi) => (wsi.path === '/b' ? -1 : undefined),
  });
  for (const path of ['a', 'b', 'c']) ask(context, `${server.url}${path}`, pipeline);
  await until(() => server.requests.length === 2);
  await settle();
  expect(paths(server)).toEqual(['GET /a', 'GET /c']);
  server.sockets[0]?.write(answer('a') + answer('c'));
  await over(3);
  expect(events).toContain('failed LWS_ERR_HTTP_CLIENT_REFUSED');
  expect(events.filter((one) => one.startsWith('completed'))).toHaveLength(2);
});

test('who does not read its answer keeps those behind it waiting, and nothing is lost', async () => {
  const server = await origin(() => undefined);
  let reads = false;
  const context = await client({
    receiveHttp(wsi) {
      if (wsi.path !== '/a' || reads) wsi.httpClientRead(65_536);
    },
  });
  const first = ask(context, `${server.url}a`, pipeline);
  ask(context, `${server.url}b`, pipeline);
  await until(() => server.requests.length === 2);
  server.sockets[0]?.write(answer('aaa') + answer('b'));
  await until(() => events.length === 1);
  await settle();
  expect(events).toEqual(['established 200']);
  reads = true;
  first.httpClientRead();
  await over(2);
  expect(events.filter((one) => one.startsWith('completed'))).toEqual([
    'completed "aaa"',
    'completed "b"',
  ]);
});
