/** The promise form of a request. */
import { createContext } from '@lws-ts/core';
import { http, httpRequest } from '@lws-ts/http';
import { describe, expect, test } from 'vitest';
import { client, events, origin, until } from './http-client.ts';
import { answer } from './scripted-origin.ts';

test('gives the whole answer, whatever its status, and tells no protocol', async () => {
  const server = await origin(
    (_request, socket) =>
      void socket.write(
        'HTTP/1.1 404 No\r\nX-A: b\r\ntransfer-encoding: chunked\r\n\r\n3\r\nnö\r\n0\r\nt: u\r\n\r\n',
      ),
  );
  const got = await httpRequest(await client(), { url: server.url });
  expect([got.status, got.header('x-A'), got.text(), got.trailers]).toEqual([
    404,
    'b',
    'nö',
    [['t', 'u']],
  ]);
  expect(got.fields).toEqual([
    ['x-a', 'b'],
    ['transfer-encoding', 'chunked'],
  ]);
  expect(events).toEqual([]);
});

test('sends method, body and fields, and uses its connection again', async () => {
  const server = await origin(({ body }, socket) => void socket.write(answer(body)));
  const context = await client();
  for (const requestBody of ['one', 'two']) {
    const options = { url: server.url, method: 'POST', requestBody, headers: { a: 'b' } };
    expect((await httpRequest(context, options as { url: string })).text()).toBe(requestBody);
  }
  expect(server.sockets).toHaveLength(1);
  expect(server.requests[0]?.head).toContain('POST / HTTP/1.1\r\n');
});

test('needs no protocol on the vhost', async () => {
  const server = await origin((_request, socket) => void socket.write(answer('a')));
  const context = await createContext({ use: [http()], vhosts: [{ port: -1 }] });
  expect((await httpRequest(context, { url: server.url })).body).toEqual(Uint8Array.of(0x61));
  await context.close({ deadlineSecs: 1 });
});

describe('rejects', () => {
  test.each([
    ['an announced body over maxAnswerBytes', answer('abcd'), 'LWS_ERR_HTTP_ANSWER_LIMIT'],
    ['a body that gets longer', 'HTTP/1.1 200 OK\r\n\r\nabcd', 'LWS_ERR_HTTP_ANSWER_LIMIT'],
    [
      'a body that is cut',
      'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab',
      'LWS_ERR_HTTP_ANSWER_CUT',
    ],
    ['what is no answer', 'SSH', 'LWS_ERR_HTTP_STATUS_LINE'],
  ])('%s', async (_what, bytes, code) => {
    const server = await origin((_request, socket) => void socket.end(bytes));
    const context = await client();
    await expect(
      httpRequest(context, { url: server.url, maxAnswerBytes: 3 }),
    ).rejects.toMatchObject({ code });
    expect(context.counters.refused.get(code as never)).toBe(1);
  });

  test.each([
    ['before there is an answer', undefined],
    ['in the middle of one', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab'],
  ])('when its signal is aborted %s', async (_when, bytes) => {
    const controller = new AbortController();
    const server = await origin((_request, socket) => {
      if (bytes !== undefined) socket.write(bytes);
      setTimeout(() => controller.abort(), 20);
    });
    const asked = httpRequest(await client(), { url: server.url, signal: controller.signal });
    await expect(asked).rejects.toMatchObject({ code: 'LWS_ERR_CONNECT_ABORTED' });
  });

  test.each<[string, object]>([
    ['maxAnswerBytes', { url: 'http://a/', maxAnswerBytes: -1 }],
    ['vhost', { url: 'http://a/', vhost: 'x' }],
    ['method', { url: 'http://a/', method: 'CONNECT' }],
  ])('a wrong %s', async (_name, options) => {
    await expect(httpRequest(await client(), options as { url: string })).rejects.toMatchObject({
      code: 'LWS_ERR_OPTION',
    });
  });
});

test('an announced body over maxAnswerBytes is not waited for', async () => {
  const server = await origin(
    (_request, socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n'),
  );
  await expect(
    httpRequest(await client(), { url: server.url, maxAnswerBytes: 3 }),
  ).rejects.toMatchObject({ code: 'LWS_ERR_HTTP_ANSWER_LIMIT' });
});

describe('the connection of a request is used for another', () => {
  test.each<[string, object, boolean]>([
    ['the same', {}, true],
    ['other headers', { headers: { 'x-a': 'b' } }, true],
    ['another host', { host: 'b.example' }, true],
    ['another origin', { origin: 'http://b.example' }, true],
    ['a body', { method: 'PUT', requestBody: 'x' }, true],
    ['another responseTimeoutSecs', { responseTimeoutSecs: 3 }, true],
    ['another responseIdleSecs', { responseIdleSecs: 3 }, true],
    ['another keepWarmSecs', { keepWarmSecs: 3 }, true],
    ['another keepWarmMax', { keepWarmMax: 3 }, true],
    ['another maxRedirects', { maxRedirects: 0 }, true],
    ['another localAddress', { localAddress: '127.0.0.1' }, false],
    ['another family', { family: 4 }, false],
  ])('of %s: %j: %s', async (_what, options, same) => {
    const server = await origin((_request, socket) => void socket.write(answer('x')));
    const context = await client();
    await httpRequest(context, { url: server.url });
    await httpRequest(context, { url: server.url, ...options });
    const [first, second] = server.requests.map(({ connection }) => connection);
    expect(first === second).toBe(same);
  });

  test('not when the server said something meanwhile', async () => {
    const server = await origin(
      ({ at }, socket) =>
        void socket.write(answer('x'), () => {
          if (at === 1) setTimeout(() => socket.write('HTTP/1.1 408 x\r\n'), 10);
        }),
    );
    const context = await client();
    await httpRequest(context, { url: server.url });
    await until(
      () => server.sockets[0]?.destroyed === true || server.sockets[0]?.readableEnded === true,
    );
    expect((await httpRequest(context, { url: server.url })).text()).toBe('x');
    expect(server.requests[1]?.connection).toBe(2);
  });
});
