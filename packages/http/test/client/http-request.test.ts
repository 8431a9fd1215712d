/** The promise form of a request. */
import { createContext } from '@lws-ts/core';
import { http, httpRequest } from '@lws-ts/http';
import { describe, expect, test } from 'vitest';
import { client, events, origin } from './http-client.ts';
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
