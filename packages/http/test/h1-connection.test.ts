import type { HttpExchange } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { requestCases } from './framing/request-cases.ts';
import { answered, DATE, echo, logged, ok, openHttp, statuses } from './open-http.ts';
import { cuttings, wire } from './wire.ts';

const get = (path: string, fields = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

describe('one request after the other', () => {
  test('an answer, byte for byte', async () => {
    const { connect, vhost, lent } = await openHttp(echo);
    const { peer, server } = await connect();
    await peer.send(get('/a'));
    expect(peer.text).toBe(ok('GET /a'));
    expect(server.writes).toBe(1);
    expect(vhost.counters).toMatchObject({ h1_conn: 1, h1_trans: 1, rejected: 0 });
    expect(lent()).toBe(0);
    expect(logged).toEqual([]);
  });

  test('20 pipelined requests are answered in order and leave in one write', async () => {
    const { connect } = await openHttp(echo);
    const { peer, server } = await connect();
    const paths = Array.from({ length: 20 }, (_, at) => `/${at}`);
    await peer.send(paths.map((path) => get(path)).join(''));
    expect(peer.text).toBe(paths.map((path) => ok(`GET ${path}`)).join(''));
    expect(server.writes).toBe(1);
  });

  test('an answer is written before anything else of the loop happens', async () => {
    const writes: number[] = [];
    const { connect } = await openHttp((exchange) => {
      queueMicrotask(() => writes.push(server.writes));
      return echo(exchange);
    });
    const { peer, server } = await connect();
    await peer.send(get('/a'));
    expect(writes).toEqual([1]);
  });

  test('the same at every split, byte by byte, in twos and threes', async () => {
    const { connect, lent } = await openHttp((exchange) => {
      if (!exchange.request.hasBody) return echo(exchange);
      let body = '';
      exchange.readBody({
        chunk: (bytes) => (body += Buffer.from(bytes).toString()),
        complete: () => exchange.reply(200, [], body),
      });
      return answered;
    });
    const bytes = wire(
      `${get('/a')}POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello${get('/c')}`,
    );
    for (const pieces of cuttings(bytes)) {
      const { peer } = await connect();
      for (const piece of pieces) {
        peer.push(piece);
        await Promise.resolve();
      }
      await settle();
      expect(peer.text).toBe(ok('GET /a') + ok('hello') + ok('GET /c'));
      expect(lent()).toBe(0);
      await peer.reset();
    }
  });

  test('the next request waits for the answer, and is not even parsed', async () => {
    const waiting: HttpExchange[] = [];
    const { connect, lent } = await openHttp((exchange) => {
      waiting.push(exchange);
      return answered;
    });
    const { peer, server } = await connect();
    await peer.send(get('/1') + get('/2') + get('/3'));
    expect(waiting.map(({ request }) => request.path)).toEqual(['/1']);
    expect([lent(), server.reading, peer.text]).toEqual([1, false, '']);
    for (let at = 0; at < 3; at++) {
      waiting[at]?.reply(200, [], String(at));
      await settle();
    }
    expect(peer.text).toBe(ok('0') + ok('1') + ok('2'));
    expect([lent(), server.reading]).toEqual([0, true]);
  });

  test('FLD-4 1,000 pipelined requests to a peer that does not read: bounded, then all in order', async () => {
    const page = 'x'.repeat(1000);
    const { connect, vhost } = await openHttp(
      (exchange) => {
        exchange.reply(200, [], page);
        return answered;
      },
      { maxRequestsPerConnection: 2000 },
    );
    const { peer, server } = await connect({ listening: false, capacity: 4096 });
    for (let at = 0; at < 10; at++) peer.push(get(`/${at}`).repeat(100));
    await settle();
    expect(server.bufferedBytes).toBeLessThan(70_000);
    expect(server.written).toBeLessThan(75_000);
    // nothing more is read, and what was is not begun
    expect([server.reading, vhost.counters.h1_trans < 75]).toEqual([false, true]);
    await peer.read(true);
    await settle(60);
    expect(statuses(peer.text)).toHaveLength(1000);
    expect(peer.text.length).toBe(ok(page).length * 1000);
  });

  test('FLD-4 the last of maxRequestsPerConnection says so and closes', async () => {
    const { connect } = await openHttp(echo, { maxRequestsPerConnection: 2 });
    const { peer } = await connect();
    await peer.send(get('/1') + get('/2') + get('/3'));
    expect(peer.text).toBe(ok('GET /1') + ok('GET /2', 'connection: close\r\n'));
    expect(peer.ended).toBe(true);
  });

  test.each([
    ['1.1', '', '', false],
    ['1.1', 'Connection: close\r\n', 'connection: close\r\n', true],
    ['1.1', 'Connection: x, CLOSE\r\n', 'connection: close\r\n', true],
    ['1.0', '', 'connection: close\r\n', true],
    ['1.0', 'Connection: keep-alive\r\n', 'connection: keep-alive\r\n', false],
    ['1.0', 'Connection: keep-alive, close\r\n', 'connection: close\r\n', true],
  ])('HTTP/%s with %j answers %j', async (version, asked, said, ends) => {
    const { connect } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send(`GET / HTTP/${version}\r\nHost: a\r\n${asked}\r\n`);
    expect([peer.text, peer.ended]).toEqual([ok('GET /', said), ends]);
  });
});

describe('everybody is asked in order', () => {
  test('the first answer owns, nobody is 404', async () => {
    const asked: string[] = [];
    const { connect, vhost } = await openHttp([
      (exchange) => {
        asked.push(`one ${exchange.request.path}`);
        return exchange.request.path === '/one' ? echo(exchange) : undefined;
      },
      (exchange) => {
        asked.push(`two ${exchange.request.path}`);
        return exchange.request.path === '/two' ? echo(exchange) : undefined;
      },
    ]);
    const { peer } = await connect();
    await peer.send(get('/one') + get('/two') + get('/three') + get('/one'));
    expect(asked).toEqual([
      'one /one',
      'one /two',
      'two /two',
      'one /three',
      'two /three',
      'one /one',
    ]);
    expect(statuses(peer.text)).toEqual([200, 200, 404, 200]);
    expect(peer.text).toContain('<h1>404</h1><p>There is nothing here.</p>');
    expect(vhost.counters.refused.get('LWS_ERR_HTTP_NOT_FOUND')).toBe(1);
    expect(logged).toEqual([expect.stringMatching(/LWS_ERR_HTTP_NOT_FOUND .*: \/three$/)]);
  });

  test('Host chooses the vhost, for each request of a connection', async () => {
    const { connect, context } = await openHttp(
      (exchange) => {
        exchange.reply(200, [], exchange.host.vhost.name);
        return answered;
      },
      { names: ['one.test', 'two.test'] },
    );
    // Both on one port, as their listener would have them.
    const [one, two] = context.vhosts;
    if (one === undefined || two === undefined) throw new Error('no vhosts');
    one.table?.add(two);
    two.table = one.table;
    const { peer } = await connect();
    const of = (host: string): string => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const hosts = ['one.test', 'TWO.test:80', 'two.test', 'x.two.test', 'other', 'one.test'];
    await peer.send(`${hosts.map(of).join('')}GET http://two.test/ HTTP/1.0\r\n\r\n`);
    expect(peer.text.match(/(one|two)\.test/g)?.join(' ')).toBe(
      'one.test two.test two.test two.test one.test one.test two.test',
    );
    expect([one.counters.h1_trans, two.counters.h1_trans]).toEqual([3, 4]);
    expect([one.counters.h1_conn, two.counters.h1_conn]).toEqual([1, 0]);
  });

  test('the request, as responders see it', async () => {
    const seen: unknown[] = [];
    const { connect } = await openHttp((exchange) => {
      const { request } = exchange;
      const fields: string[] = [];
      request.each((name, value) => fields.push(`${name}=${value}`));
      seen.push(request.method, request.version, request.path, request.query, request.authority);
      seen.push(
        request.hasBody,
        request.contentLength,
        request.field('x-a'),
        request.field('nope'),
      );
      seen.push(fields);
      return echo(exchange);
    });
    const { peer } = await connect();
    await peer.send(
      'OPTIONS /%61/../b?c=%64 HTTP/1.1\r\nHost: A.b:8\r\nX-A: 1\r\nX-a: 2\r\nUpgrade: x\r\n\r\n',
    );
    expect(seen).toEqual([
      'OPTIONS',
      '1.1',
      '/b',
      'c=%64',
      'a.b',
      false,
      undefined,
      '1',
      undefined,
      ['host=A.b:8', 'x-a=1', 'x-a=2'],
    ]);
  });

  test('a request is over with its transaction', async () => {
    let kept: HttpExchange | undefined;
    const { connect } = await openHttp((exchange) => {
      kept = exchange;
      return echo(exchange);
    });
    const { peer } = await connect();
    await peer.send(get('/a'));
    expect(kept?.request.method).toBe('GET');
    for (const read of [
      () => kept?.request.path,
      () => kept?.request.field('host'),
      () => kept?.request.each(() => undefined),
    ])
      expect(read).toThrow(expect.objectContaining({ code: 'LWS_ERR_HTTP_HEADERS_GONE' }));
    expect(() => kept?.reply(200, [])).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_HTTP_ANSWERED' }),
    );
    await peer.send(get('/b'));
    expect(peer.text).toBe(ok('GET /a') + ok('GET /b'));
  });
});

describe('vhost options', () => {
  test('headers and serverString are in every answer, refusals too', async () => {
    const { connect } = await openHttp(echo, {
      headers: { 'X-One': '1', two: 'b c' },
      serverString: 'me/1',
    });
    const { peer } = await connect();
    await peer.send(`${get('/')}BAD / HTTP/1.1\r\n\r\n`);
    const [first, second] = peer.text.split(/(?=HTTP\/1\.1 501)/);
    expect(first).toBe(
      `HTTP/1.1 200 OK\r\nX-One: 1\r\ntwo: b c\r\nserver: me/1\r\n${DATE}content-length: 5\r\n\r\nGET /`,
    );
    expect(second).toContain('\r\nX-One: 1\r\ntwo: b c\r\nserver: me/1\r\n');
  });

  test.each([
    [{ headers: { 'a b': 'x' } }],
    [{ headers: { a: 'x\r\ny' } }],
    [{ headers: { a: 1 } }],
    [{ headers: ['a'] }],
    [{ headers: new Headers({ a: 'b' }) }],
    [{ headers: { 'Content-Length': '1' } }],
    [{ headers: { Connection: 'close' } }],
    [{ headers: { 'keep-alive': 'x' } }],
    [{ headers: { 'Transfer-Encoding': 'x' } }],
    [{ headers: { DATE: 'x' } }],
    [{ headers: { Server: 'x' } }],
    [{ serverString: 'a\nb' }],
    [{ serverString: '' }],
    [{ serverString: 'x'.repeat(257) }],
    [{ headers: { a: 'x'.repeat(10_000), b: 'x'.repeat(10_000) } }],
    [{ maxRequestLine: 63 }],
    [{ maxHttpHeaderData: 255 }],
    [{ maxHeaderFields: 0 }],
    [{ maxHttpHeaderPool: 0 }],
    [{ maxHttpBodySize: -1 }],
    [{ timeoutSecs: 0 }],
    [{ keepaliveTimeout: Number.NaN }],
    [{ maxRequestsPerConnection: 1.5 }],
  ])('%j is refused', async (options) => {
    await expect(openHttp(echo, options as object)).rejects.toMatchObject({
      code: 'LWS_ERR_OPTION',
    });
  });

  test('Date is made anew each second', async () => {
    const { connect, clock } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send(get('/'));
    await clock.advance(999);
    await peer.send(get('/'));
    await clock.advance(1);
    await peer.send(get('/'));
    expect(peer.text.match(/00:00:0\d GMT/g)).toEqual([
      '00:00:00 GMT',
      '00:00:00 GMT',
      '00:00:01 GMT',
    ]);
  });
});

describe('bad requests', () => {
  const bad = requestCases.filter(([, , outcome]) => typeof outcome === 'string');

  test.each(bad)('%s', async (_id, bytes, outcome) => {
    const { connect, vhost, lent } = await openHttp((exchange) => {
      exchange.readBody({ chunk() {}, complete: () => exchange.reply(200, []) });
      return answered;
    });
    const { peer, server } = await connect();
    await peer.send(bytes);
    await peer.send(get('/smuggled'));
    const status = statuses(peer.text).at(-1) ?? 0;
    expect(statuses(peer.text).filter((each) => each !== 200)).toEqual([status]);
    expect([400, 405, 501, 505]).toContain(status);
    expect(peer.text.split('HTTP/1.1 ').at(-1)).toMatch(
      /\r\nconnection: close\r\n\r\n<!doctype html>.*<title>\d{3} [^<]+<\/title>.*<h1>\d{3}<\/h1><p>[^<]+<\/p><\/body><\/html>\n$/,
    );
    expect(peer.text).toContain(
      [
        'content-type: text/html; charset=utf-8',
        "content-security-policy: default-src 'none'; style-src 'unsafe-inline'",
        'cache-control: no-store',
        'x-content-type-options: nosniff',
      ].join('\r\n'),
    );
    expect([...vhost.counters.refused]).toEqual([[outcome, 1]]);
    expect([vhost.counters.rejected, logged.length, peer.ended, lent()]).toEqual([1, 1, true, 0]);
    await peer.end();
    expect([peer.isClosed, peer.error]).toEqual([true, undefined]);
    expect(server.bufferedBytes).toBe(0);
  });

  test('405 says what is allowed', async () => {
    const { connect } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send('TRACE / HTTP/1.1\r\n\r\n');
    expect(peer.text).toContain('\r\nallow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH\r\n');
  });

  test('OPTIONS of the server itself says what there is, and the connection goes on', async () => {
    const { connect, vhost } = await openHttp(() => undefined);
    const { peer } = await connect();
    await peer.send('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2));
    expect(statuses(peer.text)).toEqual([204, 204]);
    expect(peer.text).toContain('\r\nallow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH\r\n');
    expect(vhost.counters.refused.size).toBe(0);
  });

  test('a refusal to HEAD has no body', async () => {
    const { connect } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send('HEAD / HTTP/1.1\r\n\r\n');
    expect(statuses(peer.text)).toEqual([400]);
    expect(peer.text.endsWith('connection: close\r\n\r\n')).toBe(true);
  });

  test.each([
    [{ maxRequestLine: 64 }, `GET /${'x'.repeat(100)} HTTP/1.1\r\n`, 414],
    [{ maxHttpHeaderData: 256 }, get('/', `X: ${'x'.repeat(300)}\r\n`), 431],
    [{ maxHeaderFields: 2 }, get('/', 'X:\r\nY:\r\n'), 431],
    [{ maxHttpBodySize: 2 }, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc`, 413],
    [{}, get('/', 'Expect: 200-ok\r\n'), 417],
    [{}, get('/', 'Expect: 100-continue\r\nExpect: more\r\n'), 417],
  ])('over the limit %j: %#', async (options, bytes, status) => {
    const { connect, vhost } = await openHttp(echo, options);
    const { peer } = await connect();
    await peer.send(bytes);
    expect([statuses(peer.text), peer.ended]).toEqual([[status], true]);
    expect([vhost.counters.rejected, logged.length]).toEqual([1, 1]);
    await peer.end();
    expect(peer.error).toBeUndefined();
  });
});
