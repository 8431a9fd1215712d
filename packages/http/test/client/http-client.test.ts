/** HTTP requests of a client: what is sent, what comes back, and in which order it is told. */
import { describe, expect, test } from 'vitest';
import { ask, client, events, lines, origin, over, until } from './http-client.ts';
import { answer, fieldOf } from './scripted-origin.ts';

describe('a GET', () => {
  test('is what the URL says, and nothing more', async () => {
    const server = await origin((_request, socket) => void socket.write(answer('hello')));
    ask(await client(), `${server.url}a/b?c=d`);
    expect(await over()).toEqual(['established 200', 'completed "hello"', 'closed']);
    expect(server.requests[0]?.head).toBe(
      `GET /a/b?c=d HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\n\r\n`,
    );
  });

  test('by address, port, path and method', async () => {
    const server = await origin((_request, socket) => void socket.write(answer('')));
    const context = await client();
    context.connect({ address: '127.0.0.1', port: server.port, path: '/x', method: 'DELETE' });
    await over();
    expect(server.requests[0]?.head).toContain('DELETE /x HTTP/1.1\r\n');
  });

  test('open() waits for the head of the answer; status, fields and target can be read', async () => {
    const server = await origin(
      (_request, socket) =>
        void socket.write('HTTP/1.1 404 No\r\nX-A: 1\r\ncontent-length: 3\r\n\r\n'),
    );
    const context = await client();
    const wsi = await context.open({ url: `${server.url}p%20q?r=s%21` });
    const http = wsi as ReturnType<typeof ask>;
    expect([http.status, http.header('X-A'), http.contentLength, http.method]).toEqual([
      404,
      '1',
      3,
      'GET',
    ]);
    expect([http.path, http.query, http.urlArg('r')]).toEqual(['/p q', 'r=s%21', 's!']);
    expect(wsi.open).toBe(true);
    server.sockets[0]?.write('abc');
    await over();
    expect(wsi.open).toBe(false);
    expect(() => http.header('x-a')).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_HTTP_HEADERS_GONE' }),
    );
  });

  test('nothing is told before connect() returned', async () => {
    const server = await origin((_request, socket) => void socket.write(answer('')));
    const context = await client({ appendHandshakeHeader: () => void events.push('asked') });
    for (let round = 0; round < 2; round++) {
      ask(context, server.url);
      expect(events.at(-1)).not.toBe('asked');
      await over(round + 1);
    }
  });
});

describe.each<[string, string, string]>([
  ['a length', 'content-length: 5\r\n\r\nhello', '"hello"'],
  ['chunks', 'transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2;a=b\r\nlo\r\n0\r\n\r\n', '"hello"'],
  [
    'chunks with trailers',
    'transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 9\r\n\r\n',
    '"hello" x-sum=9',
  ],
  ['nothing', 'content-length: 0\r\n\r\n', '""'],
  ['the end of the connection', '\r\nhello', '"hello"'],
])('an answer that ends by %s', (_how, tail, told) => {
  test.each([1, 2, 3, 1000])('in pieces of %i', async (size) => {
    const bytes = `HTTP/1.1 200 OK\r\n${tail}`;
    const server = await origin(async (_request, socket) => {
      for (let at = 0; at < bytes.length; at += size) {
        socket.write(bytes.slice(at, at + size));
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.end();
    });
    ask(await client(), server.url);
    expect(await over()).toEqual(['established 200', `completed ${told}`, 'closed']);
    expect(lines).toEqual([]);
  });
});

test.each([
  ['HEAD', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n'],
  ['HEAD', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'],
  ['GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
  ['GET', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n'],
])('%s answered by %j has no body, and its connection serves another', async (method, bytes) => {
  const server = await origin((_request, socket) => void socket.write(bytes));
  const context = await client();
  ask(context, server.url, { method });
  await over();
  ask(context, server.url, { method });
  await over(2);
  expect(events.filter((one) => one === 'completed ""')).toHaveLength(2);
  expect(server.sockets).toHaveLength(1);
});

test('interim answers are passed over', async () => {
  const server = await origin(
    (_request, socket) =>
      void socket.write(
        `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 100\x20\r\n\r\n${answer('a')}`,
      ),
  );
  ask(await client(), server.url);
  expect(await over()).toEqual(['established 200', 'completed "a"', 'closed']);
});

describe('a request body', () => {
  test.each([
    ['a string', 'text', 'text'],
    ['bytes', Uint8Array.of(0x61, 0x62), 'ab'],
    ['nothing', '', ''],
  ])('of requestBody: %s', async (_kind, requestBody, sent) => {
    const server = await origin((_request, socket) => void socket.write(answer('ok')));
    ask(await client(), server.url, { method: 'POST', requestBody });
    await over();
    const [request] = server.requests;
    expect([fieldOf(request?.head ?? '', 'content-length'), request?.body]).toEqual([
      String(sent.length),
      sent,
    ]);
  });

  test('none: POST says so', async () => {
    const server = await origin((_request, socket) => void socket.write(answer('ok')));
    ask(await client(), server.url, { method: 'POST' });
    await over();
    expect(fieldOf(server.requests[0]?.head ?? '', 'content-length')).toBe('0');
  });

  test('of 3 MB is sent as the server takes it', async () => {
    const requestBody = 'x'.repeat(3_000_000);
    const server = await origin((_request, socket) => void socket.write(answer('ok')));
    ask(await client(), server.url, { method: 'PUT', requestBody });
    await over();
    expect(server.requests[0]?.body).toBe(requestBody);
    expect(events).toEqual(['established 200', 'completed "ok"', 'closed']);
  });

  test.each([
    ['announced', 10, 'hello hell', '10', undefined],
    ['chunked', undefined, '6\r\nhello \r\n4\r\nhell\r\n0\r\nx-t: 1\r\n\r\n', undefined, 'chunked'],
  ])(
    '%s: clientHttpBodyPending() and httpWriteable',
    async (_how, length, wire, announced, coding) => {
      let pieces = 0;
      const context = await client({
        appendHandshakeHeader(wsi, add) {
          add('content-type', 'text/plain');
          wsi.clientHttpBodyPending?.(length);
        },
        httpWriteable(wsi, tx) {
          if (pieces++ === 0) {
            expect(tx.body('hello ')).toBe(true);
            wsi.requestWriteable();
          } else {
            tx.body(new TextEncoder().encode('hell'));
            tx.end(length === undefined ? [['x-t', '1']] : []);
          }
        },
      });
      const server = await origin((_request, socket) => void socket.write(answer('ok')));
      ask(context, server.url, { method: 'POST' });
      await over();
      const { head, body } = server.requests[0] ?? { head: '', body: '' };
      expect(body).toBe(wire);
      expect([fieldOf(head, 'content-length'), fieldOf(head, 'transfer-encoding')]).toEqual([
        announced,
        coding,
      ]);
      expect(fieldOf(head, 'content-type')).toBe('text/plain');
    },
  );

  test('an answer can come, and be read, while it is being sent', async () => {
    let sent = 0;
    const context = await client({
      appendHandshakeHeader: (wsi) => wsi.clientHttpBodyPending?.(),
      httpWriteable(_wsi, tx) {
        if (events.some((one) => one.startsWith('got'))) tx.end();
        else if (sent++ === 0) tx.body('first');
      },
      receiveHttpRead(wsi, chunk) {
        events.push(`got ${Buffer.from(chunk).toString()}`);
        wsi.requestWriteable();
      },
    });
    const server = await origin((_request, socket) => void socket.write('0\r\n\r\n'));
    ask(context, server.url, { method: 'POST' });
    await until(() => server.received > 60);
    server.sockets[0]?.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n');
    expect(await over()).toEqual(['established 200', 'got hi', 'completed ""', 'closed']);
  });

  test.each<[string, (wsi: ReturnType<typeof ask>) => void, string]>([
    [
      'outside appendHandshakeHeader',
      (wsi) => wsi.clientHttpBodyPending(),
      'LWS_ERR_HTTP_CLIENT_BODY',
    ],
    [
      'of a length that is none',
      (wsi) => wsi.clientHttpBodyPending(-1),
      'LWS_ERR_HTTP_CLIENT_BODY',
    ],
    ['httpClientRead(0)', (wsi) => wsi.httpClientRead(0), 'LWS_ERR_HTTP_CLIENT_READ'],
  ])('%s throws', async (_how, call, code) => {
    const server = await origin((_request, socket) => void socket.write(answer('ok')));
    const wsi = ask(await client(), server.url);
    expect(() => call(wsi)).toThrow(expect.objectContaining({ code }));
    await over();
  });

  test('more bytes than announced are refused, and the connection ends', async () => {
    const server = await origin(() => undefined);
    const context = await client({
      appendHandshakeHeader: (wsi) => wsi.clientHttpBodyPending?.(2),
      httpWriteable: (_wsi, tx) => void tx.body('abc'),
    });
    ask(context, server.url, { method: 'POST' });
    expect(await over()).toEqual(['failed LWS_ERR_HANDLER_THREW']);
    expect(lines.join()).toContain('the body is not as long as announced');
  });
});

describe('a redirect', () => {
  test.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [303, 'HEAD', 'HEAD', ''],
    [302, 'PUT', 'PUT', 'body'],
    [307, 'POST', 'POST', 'body'],
    [308, 'POST', 'POST', 'body'],
  ])('%i of %s is asked for by %s with %j', async (status, method, then, body) => {
    const server = await origin(
      ({ at }, socket) =>
        void socket.write(
          at === 1
            ? answer('', 'Location: /to\r\n', `${status} x`)
            : answer(then === 'HEAD' ? '' : 'done'),
        ),
    );
    ask(await client(), server.url, {
      method,
      ...(method === 'HEAD' ? {} : { requestBody: 'body' }),
    });
    await over();
    expect(server.requests[1]?.head.split('\r\n')[0]).toBe(`${then} /to HTTP/1.1`);
    expect(server.requests[1]?.body).toBe(body);
    expect(events[0]).toBe('established 200');
  });

  test('three are followed, the fourth is not', async () => {
    const server = await origin(
      (_request, socket) => void socket.write(answer('', 'Location: /\r\n', '302 x')),
    );
    ask(await client(), server.url);
    expect(await over()).toEqual(['failed LWS_ERR_HTTP_REDIRECT']);
    expect(server.requests).toHaveLength(4);
  });

  test.each([
    ['/a', '/b', 'failed LWS_ERR_HTTP_REDIRECT'],
    ['/a', '/a', 'established 200'],
  ])('by Location: %s and Location: %s', async (one, two, event) => {
    const server = await origin(({ at }, socket) => {
      const places = `Location: ${one}\r\nLocation: ${two}\r\n`;
      socket.write(at === 1 ? answer('', places, '302 x') : answer('done'));
    });
    ask(await client(), server.url);
    expect((await over())[0]).toBe(event);
  });

  test.each([
    ['the same server', true],
    ['another server', false],
  ])('to %s: what was meant for the first is sent: %s', async (_where, same) => {
    const other = await origin((_request, socket) => void socket.write(answer('done')));
    const first = await origin(({ at }, socket) => {
      const to = same ? '/to' : `${other.url}to`;
      socket.write(at === 1 ? answer('', `Location: ${to}\r\n`, '307 x') : answer('done'));
    });
    ask(await client(), first.url.replace('://', '://joe:secret@'), {
      headers: { cookie: 'a=b', 'x-a': 'c' },
      host: 'named.example',
    });
    expect((await over())[0]).toBe('established 200');
    const head = (same ? first.requests[1] : other.requests[0])?.head ?? '';
    expect(['authorization', 'cookie', 'host', 'x-a'].map((name) => fieldOf(head, name))).toEqual([
      same ? `Basic ${btoa('joe:secret')}` : undefined,
      same ? 'a=b' : undefined,
      same ? 'named.example' : new URL(other.url).host,
      'c',
    ]);
  });

  test('is an answer with maxRedirects: 0', async () => {
    const server = await origin(
      (_request, socket) => void socket.write(answer('x', 'Location: /\r\n', '302 x')),
    );
    ask(await client(), server.url, { maxRedirects: 0 });
    expect(await over()).toEqual(['established 302', 'completed "x"', 'closed']);
  });
});

describe('the program', () => {
  test('adds fields, and not those of framing', async () => {
    const server = await origin((_request, socket) => void socket.write(answer('')));
    const context = await client({ appendHandshakeHeader: (_wsi, add) => add('X-A', 'b') });
    ask(context, server.url, { headers: { accept: '*/*' } });
    await over();
    expect(server.requests[0]?.head).toContain('\r\nx-a: b\r\naccept: */*\r\n');
    expect(() => ask(context, server.url, { headers: { 'content-length': '1' } })).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
    );
  });

  test.each<[string, object, string]>([
    [
      '-1 of appendHandshakeHeader',
      { appendHandshakeHeader: () => -1 },
      'failed LWS_ERR_HTTP_CLIENT_REFUSED',
    ],
    [
      'false of filterPreEstablish',
      { filterPreEstablish: () => false },
      'failed LWS_ERR_HTTP_CLIENT_REFUSED',
    ],
    ['-1 of establishedHttp', { establishedHttp: () => -1 }, 'closed LWS_ERR_CONNECT_ABORTED'],
    ['-1 of receiveHttpRead', { receiveHttpRead: () => -1 }, 'closed LWS_ERR_CONNECT_ABORTED'],
    [
      'a throw of receiveHttpRead',
      {
        receiveHttpRead: () => {
          throw new Error('x');
        },
      },
      'closed LWS_ERR_HTTP_HANDLER',
    ],
  ])('ends it by %s', async (_how, handlers, told) => {
    const server = await origin((_request, socket) => void socket.write(answer('hello')));
    ask(await client(handlers), server.url);
    expect((await over()).at(-1)).toBe(told);
    await until(
      () => server.sockets[0]?.destroyed === true || server.sockets[0]?.readableEnded === true,
    );
  });

  test('methods that are no request are refused', async () => {
    const context = await client();
    expect(() => ask(context, 'http://a.example/', { method: 'CONNECT' })).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
    );
  });
});

test('a timer fires on the client’s wsi', async () => {
  const server = await origin((_request, socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n');
    setTimeout(() => socket.write('x'), 60);
  });
  const context = await client({
    establishedHttp: (wsi) => wsi.setTimerMs(5),
    timer: (wsi) => void events.push(`timer ${wsi.status}`),
  });
  ask(context, server.url);
  expect(await over()).toEqual(['timer 200', 'completed "x"', 'closed']);
});
