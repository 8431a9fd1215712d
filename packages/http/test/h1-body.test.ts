import type { HttpBodySink, HttpExchange } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { answered, echo, logged, ok, openHttp, type Respond, statuses } from './open-http.ts';

const post = (path: string, length: number, body = '', fields = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n${fields}\r\n${body}`;
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

/** Collects a body and answers with how it came. */
function collector() {
  const chunks: string[] = [];
  const exchanges: HttpExchange[] = [];
  const sink: HttpBodySink = {
    chunk: (bytes) => chunks.push(Buffer.from(bytes).toString('latin1')),
    complete: (trailers) => {
      chunks.push(`end ${trailers.length}`);
      exchanges.at(-1)?.reply(200, [], chunks.join('|'));
    },
  };
  const respond: Respond = (exchange) => {
    exchanges.push(exchange);
    if (!exchange.request.path.startsWith('/late')) exchange.readBody(sink);
    return answered;
  };
  return { respond, chunks, exchanges, sink };
}

describe('request bodies', () => {
  test('come as they arrive, and the next request after them', async () => {
    const { respond } = collector();
    const { connect } = await openHttp(respond);
    const { peer } = await connect();
    await peer.send(post('/', 6, 'ab'));
    expect(peer.text).toBe('');
    await peer.send(`cdef${get('/')}`);
    expect(peer.text).toBe(ok('ab|cdef|end 0') + ok('ab|cdef|end 0|end 0'));
  });

  test('are there during the call, and the memory of long reads gone behind it', async () => {
    const pieces: Uint8Array[] = [];
    const said: string[] = [];
    const { connect } = await openHttp((exchange) => {
      exchange.readBody({
        chunk(bytes) {
          pieces.push(bytes);
          said.push(Buffer.from(bytes).toString('latin1'));
        },
        complete: () => exchange.reply(200, [], String(said.join('').length)),
      });
      return answered;
    });
    const { peer } = await connect();
    const body = Array.from({ length: 30_000 }, (_, at) => at % 10).join('');
    await peer.send(post('/', 3 * 30_000, body));
    await peer.send(body);
    await peer.send(`${body}${get('/')}`);
    expect(peer.text.startsWith(ok('90000'))).toBe(true);
    expect(said.join('')).toBe(body + body + body);
    expect(pieces.map(({ length }) => length)).toEqual([0, 0, 0]);
  });

  test('wait until they are asked for', async () => {
    const { respond, exchanges, sink, chunks } = collector();
    const { connect } = await openHttp(respond);
    const { peer, server } = await connect();
    await peer.send(post('/late', 4, 'abcd'));
    expect([chunks, server.reading]).toEqual([[], false]);
    exchanges[0]?.readBody(sink);
    await settle();
    expect(peer.text).toBe(ok('abcd|end 0'));
    expect(server.reading).toBe(true);
  });

  test('stop with rxFlow, at once, and the flow is on again for the next request', async () => {
    const chunks: string[] = [];
    let held: HttpExchange | undefined;
    const { connect } = await openHttp((exchange) => {
      if (exchange.request.method === 'GET') return echo(exchange);
      held = exchange;
      exchange.readBody({
        chunk: (bytes) => {
          chunks.push(Buffer.from(bytes).toString());
          exchange.rxFlow(false);
        },
        complete: () => undefined,
      });
      return answered;
    });
    const { peer } = await connect();
    await peer.send(post('/', 9, 'abc'));
    await peer.send('def');
    expect(chunks).toEqual(['abc']);
    held?.rxFlow(true);
    await settle();
    expect(chunks).toEqual(['abc', 'def']);
    held?.reply(200, [], 'done');
    await peer.send(`ghi${get('/next')}`);
    expect(peer.text).toBe(ok('done') + ok('GET /next'));
    expect(chunks).toEqual(['abc', 'def']);
  });

  test('unread and short: dropped, the connection goes on', async () => {
    const { connect, lent } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send(post('/', 65_536, 'x'.repeat(65_000)));
    expect([peer.text, lent()]).toEqual([ok('POST /'), 0]);
    await peer.send(`${'x'.repeat(536)}${get('/next')}`);
    expect(peer.text).toBe(ok('POST /') + ok('GET /next'));
  });

  test('unread and short, but not sent in a second: closed', async () => {
    const { connect, clock } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send(post('/', 10, 'x'));
    await clock.advance(999);
    expect(peer.ended).toBe(false);
    await clock.advance(10);
    expect([peer.text, peer.ended]).toEqual([ok('POST /'), true]);
    expect(logged.join()).toContain('LWS_ERR_HTTP_BODY_UNREAD');
  });

  test('unread and long: answered, said so and closed; nothing of it runs', async () => {
    const { connect, vhost } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send(post('/', 65_537, get('/smuggled')));
    expect(peer.text).toBe(ok('POST /', 'connection: close\r\n'));
    expect([peer.ended, vhost.counters.h1_trans]).toEqual([true, 1]);
  });

  test('answered in the middle of a long one: said so and closed', async () => {
    const { connect } = await openHttp((exchange) => {
      exchange.readBody({
        chunk: () => exchange.reply(200, [], 'enough'),
        complete: () => undefined,
      });
      return answered;
    });
    const { peer } = await connect();
    await peer.send(post('/', 200_000, 'x'));
    expect([peer.text, peer.ended]).toEqual([ok('enough', 'connection: close\r\n'), true]);
  });

  test('answered near the end of a long one: what is left is dropped, the connection goes on', async () => {
    const { connect } = await openHttp((exchange) => {
      exchange.readBody({
        chunk: () => exchange.reply(200, [], 'enough'),
        complete: () => undefined,
      });
      return answered;
    });
    const { peer } = await connect();
    await peer.send(post('/', 70_000, 'x'.repeat(5000)));
    await peer.send('x'.repeat(65_000));
    await peer.send(post('/', 5, 'xxxxx'));
    expect(peer.text).toBe(ok('enough') + ok('enough'));
  });

  test.each(['GET', 'DELETE', 'OPTIONS', 'HEAD'])(
    'SMG-10 a body on %s is consumed exactly',
    async (method) => {
      const { connect } = await openHttp(echo);
      const { peer } = await connect();
      await peer.send(post('/', 4, 'GET ').replace('POST', method) + get('/next'));
      expect(statuses(peer.text)).toEqual([200, 200]);
      expect(peer.text.endsWith(ok('GET /next'))).toBe(true);
    },
  );

  test('413 arrives although the body keeps coming', async () => {
    const { connect, vhost } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send(post('/', 1_048_577, 'x'.repeat(60_000)));
    for (let at = 0; at < 10; at++) await peer.send('x'.repeat(60_000));
    expect([statuses(peer.text), peer.ended, peer.isClosed]).toEqual([[413], true, false]);
    expect([vhost.counters.rejected, logged.length]).toEqual([1, 1]);
    await peer.end();
  });

  test('FIN in the middle ends quietly', async () => {
    const { respond, chunks } = collector();
    const { connect, lent } = await openHttp(respond);
    const { peer } = await connect();
    await peer.send(post('/', 10, 'abc'));
    await peer.end();
    expect([chunks, peer.isClosed, peer.error, lent()]).toEqual([['abc'], true, undefined, 0]);
  });
});

describe('Expect: 100-continue', () => {
  const expecting = 'Expect: 100-Continue\r\n';

  test('one 100 when the body is asked for', async () => {
    const { respond } = collector();
    const { connect } = await openHttp(respond);
    const { peer } = await connect();
    await peer.send(post('/', 3, '', expecting + expecting));
    expect(peer.text).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    await peer.send('abc');
    expect(peer.text).toBe(`HTTP/1.1 100 Continue\r\n\r\n${ok('abc|end 0')}`);
  });

  test('a final answer without it closes', async () => {
    const { connect } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send(post('/', 3, '', expecting));
    await peer.send(get('/smuggled'));
    expect([peer.text, peer.ended]).toEqual([ok('POST /', 'connection: close\r\n'), true]);
  });

  test('none in the middle of an answer that has begun', async () => {
    const { respond } = collector();
    const { connect } = await openHttp((exchange) => {
      exchange.head(200, [], 5);
      respond(exchange);
      exchange.requestWriteable();
      return {
        kind: 'answer',
        writeable() {
          exchange.body(Buffer.from('hello'));
          exchange.end();
        },
        done() {},
      };
    });
    const { peer } = await connect();
    await peer.send(post('/', 3, '', expecting));
    expect([peer.text, peer.ended]).toEqual([ok('hello', 'connection: close\r\n'), true]);
  });

  test.each([
    ['without a body', post('/', 0, '', expecting)],
    ['in HTTP/1.0', post('/', 3, 'abc', expecting).replace('1.1', '1.0')],
  ])('%s there is none', async (_name, request) => {
    const { respond } = collector();
    const { connect } = await openHttp(respond);
    const { peer } = await connect();
    await peer.send(request);
    expect(statuses(peer.text)).toEqual([200]);
  });
});
