/** Chunked request bodies through the role: as they come, unread, broken, too large, too slow. */
import type { HttpBodySink, HttpExchange } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { chunkedCases } from './framing/chunked-cases.ts';
import { answered, echo, logged, ok, openHttp, type Respond, statuses } from './open-http.ts';
import { cuttings, wire } from './wire.ts';

const head = (fields = ''): string =>
  `POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n${fields}\r\n`;
const get = 'GET /next HTTP/1.1\r\nHost: a\r\n\r\n';
const END = '0\r\n\r\n';
const chunk = (data: string): string => `${data.length.toString(16)}\r\n${data}\r\n`;

/** Reads every body, and answers with how it came; requests without a body as `echo`. */
function collector() {
  const pieces: string[] = [];
  const fields: string[] = [];
  const respond: Respond = (exchange) => {
    if (!exchange.request.hasBody) return echo(exchange);
    let body = '';
    expect(exchange.request.contentLength).toBeUndefined();
    exchange.readBody({
      chunk(bytes) {
        body += Buffer.from(bytes).toString('latin1');
        pieces.push(Buffer.from(bytes).toString('latin1'));
      },
      complete(trailers) {
        exchange.request.each((name) => fields.push(name));
        const behind = trailers.map(([name, value]) => `${name}: ${value}\n`).join('');
        exchange.reply(200, [], Buffer.from(body + behind, 'latin1'));
      },
    });
    return answered;
  };
  return { respond, pieces, fields };
}

describe('chunked request bodies', () => {
  test('the same at every split, and the next request behind them', async () => {
    const { respond } = collector();
    const { connect, lent } = await openHttp(respond);
    const bytes = wire(`${head()}${chunk('hello')}1;a="b"\r\n!\r\n0\r\nX-Sum: 1\r\n\r\n${get}`);
    for (const pieces of cuttings(bytes)) {
      const { peer } = await connect();
      for (const piece of pieces) {
        peer.push(piece);
        await Promise.resolve();
      }
      await settle();
      expect(peer.text).toBe(ok('hello!x-sum: 1\n') + ok('GET /next'));
      expect(lent()).toBe(0);
      await peer.reset();
    }
  });

  test.each(chunkedCases)('%s', async (_id, bytes, outcome) => {
    const { respond } = collector();
    const { connect, vhost } = await openHttp(respond);
    const { peer } = await connect();
    await peer.send(head() + bytes);
    await peer.send(get);
    if (typeof outcome === 'string') {
      expect(statuses(peer.text)).toHaveLength(1);
      expect(statuses(peer.text)[0]).toBeGreaterThanOrEqual(400);
      expect([...vhost.counters.refused.keys()]).toEqual([outcome]);
      expect([vhost.counters.rejected, peer.ended, logged.length]).toEqual([1, true, 1]);
    } else {
      const behind = (outcome.trailers ?? []).map((line) => `${line}\n`).join('');
      expect(peer.text).toBe(ok(outcome.body + behind) + ok('GET /next'));
    }
  });

  test('SMG-9 trailers are no fields of the head', async () => {
    const { respond, fields } = collector();
    const { connect } = await openHttp(respond);
    const { peer } = await connect();
    await peer.send(`${head()}0\r\nX-Sum: 1\r\n\r\n`);
    expect(fields).toEqual(['host', 'transfer-encoding']);
    expect(peer.text).toBe(ok('x-sum: 1\n'));
  });

  test('SMG-8 small chunks of one read are given together, large ones where they lie', async () => {
    const { respond, pieces } = collector();
    const { connect } = await openHttp(respond, { maxHttpBodySize: 10_000_000 });
    const { peer } = await connect();
    const large = 'L'.repeat(5000);
    await peer.send(head() + chunk('a').repeat(5000) + chunk(large) + chunk('bcd') + chunk(large));
    expect(pieces).toEqual(['a'.repeat(5000), `${large}bcd`, large]);
    await peer.send(END);
    expect(peer.text).toBe(ok(`${'a'.repeat(5000)}${large}bcd${large}`));
  });

  test('rxFlow stops behind the piece that is given', async () => {
    const given: number[] = [];
    let held: HttpExchange | undefined;
    const { connect } = await openHttp((exchange) => {
      held = exchange;
      exchange.readBody({
        chunk(bytes) {
          given.push(bytes.length);
          exchange.rxFlow(false);
        },
        complete: () => exchange.reply(200, [], String(given)),
      });
      return answered;
    });
    const { peer, server } = await connect();
    const large = chunk('x'.repeat(5000));
    await peer.send(head() + large + large + chunk('y') + large + END);
    expect([given, server.reading]).toEqual([[5000], false]);
    for (let at = 0; at < 3; at++) {
      held?.rxFlow(true);
      await settle();
    }
    expect(peer.text).toBe(ok('5000,5001,5000'));
  });

  test('over maxHttpBodySize: 413 as soon as a size says so, what came before was given', async () => {
    const { respond, pieces } = collector();
    const { connect, vhost } = await openHttp(respond, { maxHttpBodySize: 20 });
    const { peer } = await connect();
    await peer.send(`${head()}${chunk('abcde')}`);
    expect([peer.text, pieces]).toEqual(['', ['abcde']]);
    await peer.send('6\r\n');
    expect([statuses(peer.text), peer.ended, pieces]).toEqual([[413], true, ['abcde']]);
    expect([...vhost.counters.refused.keys()]).toEqual(['LWS_ERR_HTTP_BODY_LIMIT']);
  });

  test('broken behind the begin of the answer: cut, so that the answer is not taken for complete', async () => {
    const over: unknown[] = [];
    const { connect } = await openHttp((exchange) => {
      exchange.head(200, [], 100);
      exchange.readBody({ chunk() {}, complete() {} });
      return { kind: 'answer', writeable() {}, done: (error) => over.push(error?.code) };
    });
    const { peer } = await connect();
    await peer.send(`${head()}x`);
    expect([peer.isClosed, peer.error?.code]).toEqual([true, 'LWS_ERR_TRANSPORT_RESET']);
    expect(over).toEqual(['LWS_ERR_HTTP_CHUNK_SIZE']);
  });

  test('a sink that throws costs the connection', async () => {
    const { connect, lent } = await openHttp((exchange) => {
      exchange.readBody({
        chunk() {
          throw new Error('no');
        },
        complete() {},
      });
      return answered;
    });
    const { peer } = await connect();
    await peer.send(head() + chunk('a') + END + get);
    expect([statuses(peer.text), peer.ended, lent()]).toEqual([[500], true, 0]);
  });
});

describe('unread', () => {
  test('and short: dropped, the connection goes on', async () => {
    const { connect, lent } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send(head() + chunk('x'.repeat(60_000)));
    expect([peer.text, lent()]).toEqual([ok('POST /up'), 0]);
    await peer.send(`${chunk('GET / HTTP/1.1\r\n\r\n')}${END}${get}`);
    expect(peer.text).toBe(ok('POST /up') + ok('GET /next'));
  });

  test('and longer than 64 KiB: answered, then closed; nothing of it runs', async () => {
    const { connect, vhost } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send(head() + chunk(get.repeat(3000)) + END + get);
    expect([statuses(peer.text), peer.ended, vhost.counters.h1_trans]).toEqual([[200], true, 1]);
    expect(logged.join()).toContain('LWS_ERR_HTTP_BODY_UNREAD');
  });

  test('and not complete in a second: closed', async () => {
    const { connect, clock } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send(head() + chunk('x'));
    await clock.advance(990);
    expect(peer.ended).toBe(false);
    await clock.advance(20);
    expect([peer.text, peer.ended]).toEqual([ok('POST /up'), true]);
  });

  test('and broken: closed, without a second answer', async () => {
    const { connect } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send(`${head()}x${get}`);
    expect([peer.text, peer.ended]).toEqual([ok('POST /up'), true]);
    expect(logged.join()).toContain('LWS_ERR_HTTP_CHUNK_SIZE');
  });

  test('answered in the middle: the rest is dropped, and the next request found', async () => {
    const { connect } = await openHttp((exchange) => {
      if (!exchange.request.hasBody) return echo(exchange);
      const sink: HttpBodySink = {
        chunk: () => exchange.reply(200, [], 'enough'),
        complete: () => undefined,
      };
      exchange.readBody(sink);
      return answered;
    });
    const { peer } = await connect();
    await peer.send(head() + chunk('x'.repeat(5000)) + chunk('y'.repeat(5000)) + END + get);
    expect(peer.text).toBe(ok('enough') + ok('GET /next'));
  });

  test('FIN in the middle ends quietly', async () => {
    const { respond } = collector();
    const { connect, lent } = await openHttp(respond);
    const { peer } = await connect();
    await peer.send(`${head()}5\r\nab`);
    await peer.end();
    expect([peer.text, peer.isClosed, peer.error, lent()]).toEqual(['', true, undefined, 0]);
  });
});

describe('SMG-12 Expect with a chunked body', () => {
  test('one 100 when it is asked for, though it is expected twice', async () => {
    const { respond } = collector();
    const { connect } = await openHttp(respond);
    const { peer } = await connect();
    await peer.send(head('Expect: 100-continue\r\nExpect: 100-continue\r\n'));
    expect(peer.text).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    await peer.send(chunk('abc') + END + get);
    expect(peer.text).toBe(`HTTP/1.1 100 Continue\r\n\r\n${ok('abc')}${ok('GET /next')}`);
  });

  test('a final answer in its place closes, and no body runs as a request', async () => {
    const { connect, vhost } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send(`${head('Expect: 100-continue\r\n')}${END}${get}`);
    expect([peer.text, peer.ended]).toEqual([ok('POST /up', 'connection: close\r\n'), true]);
    expect(vhost.counters.h1_trans).toBe(1);
  });
});

test('an upgrade with a chunked body is refused', async () => {
  const { connect } = await openHttp((exchange) => ({
    kind: 'take',
    start() {
      throw new Error(exchange.request.method);
    },
  }));
  const { peer } = await connect();
  await peer.send(head('Connection: upgrade\r\nUpgrade: x\r\n') + END);
  expect([statuses(peer.text), peer.ended]).toEqual([[400], true]);
  expect(logged.join()).toContain('LWS_ERR_HTTP_UPGRADE_BODY');
});

test('SLO-3 a chunked body that drips is 408', async () => {
  const { respond } = collector();
  const { connect, clock, vhost } = await openHttp(respond);
  const { peer } = await connect();
  await peer.send(head());
  for (let second = 0; second < 10; second++) {
    await peer.send(chunk('x'.repeat(100)));
    await clock.advance(1000);
  }
  expect(peer.text).toBe('');
  await clock.advance(200);
  expect([statuses(peer.text), peer.ended]).toEqual([[408], true]);
  expect([...vhost.counters.refused.keys()]).toEqual(['LWS_ERR_HTTP_BODY_TIMEOUT']);
});
