import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { type CodedError, type HttpAnswer, type HttpExchange, LwsError } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { describe, expect, test, vi } from 'vitest';
import { answered, DATE, logged, ok, openHttp, type Respond, statuses } from './open-http.ts';

const get = (path = '/', version = '1.1', fields = ''): string =>
  `GET ${path} HTTP/${version}\r\nHost: a\r\n${fields}\r\n`;
const head = 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n';

/** Answers by `start` in respond and `write` in writeable; keeps what happened. */
function streaming(
  start: (exchange: HttpExchange) => void,
  write: (exchange: HttpExchange, call: number) => void = () => undefined,
) {
  const over: (string | undefined)[] = [];
  const exchanges: HttpExchange[] = [];
  let calls = 0;
  const respond: Respond = (exchange) => {
    exchanges.push(exchange);
    start(exchange);
    const answer: HttpAnswer = {
      kind: 'answer',
      writeable: (same) => {
        if (same !== exchange) throw new Error('another exchange');
        write(exchange, calls++);
      },
      done: (error) => over.push(error?.code),
    };
    return answer;
  };
  return { respond, over, exchanges };
}

async function ask(request: string, respond: Respond) {
  const opened = await openHttp(respond);
  const connection = await opened.connect();
  await connection.peer.send(request);
  return { ...opened, ...connection };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('whole answers', () => {
  test.each([
    [
      'text',
      get(),
      200,
      'h\u00e9\u{1f600}',
      'content-length: 7\r\n\r\nh\u00c3\u00a9\u00f0\u009f\u0098\u0080',
    ],
    ['long text', get(), 200, 'x'.repeat(300), `content-length: 300\r\n\r\n${'x'.repeat(300)}`],
    ['bytes', get(), 200, Uint8Array.of(0, 255), 'content-length: 2\r\n\r\n\u0000\u00ff'],
    [
      '64 KiB',
      get(),
      200,
      new Uint8Array(65_536).fill(97),
      `content-length: 65536\r\n\r\n${'a'.repeat(65_536)}`,
    ],
    ['nothing', get(), 200, undefined, 'content-length: 0\r\n\r\n'],
    ['205', get(), 205, 'dropped', 'content-length: 0\r\n\r\n'],
    ['HEAD', head, 200, 'hello', 'content-length: 5\r\n\r\n'],
    ['204', get(), 204, 'dropped', '\r\n'],
    ['304', get(), 304, 'dropped', '\r\n'],
  ])('%s', async (_name, request, status, body, end) => {
    const { peer } = await ask(request + get('/next'), (exchange) => {
      if (exchange.request.path === '/next') exchange.reply(200, [], 'next');
      else exchange.reply(status, [['X-A', 'b']], body);
      return answered;
    });
    const [line = '', ...rest] = peer.text.split('\r\n');
    expect(line.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
    expect(rest.join('\r\n')).toBe(`X-A: b\r\n${DATE}${end}${ok('next')}`);
  });

  test.each([
    ['that never change are not copied, beyond 16 KiB', true, 16_385, 1],
    ['that never change are, up to 16 KiB', true, 16_384, 0],
    ['of which nothing is said are', false, 65_536, 0],
  ])('bytes %s', async (_what, constant, length, shared) => {
    const body = new Uint8Array(length).fill(97);
    const given: Uint8Array[] = [];
    const { peer } = await ask(get() + head + get('/next'), (exchange) => {
      if (exchange.request.path === '/next') exchange.reply(200, [], 'next');
      else {
        const write = vi.spyOn(exchange.host, 'writeShared');
        exchange.reply(200, [], body, constant);
        for (const [bytes] of write.mock.calls) given.push(bytes);
        write.mockRestore();
      }
      return answered;
    });
    const announced = `content-length: ${length}\r\n\r\n`;
    const heads = `HTTP/1.1 200 OK\r\n${DATE}${announced}`;
    expect(peer.text).toBe(`${heads}${'a'.repeat(length)}${heads}${ok('next')}`);
    expect(given).toEqual(shared === 1 ? [body] : []);
    expect(given.every((bytes) => bytes === body)).toBe(true);
  });

  test.each([
    ['that never change are not copied, and free at once', 16_385, 1],
    ['that never change are, up to 16 KiB', 16_384, 0],
  ])('bytes of a streamed body %s', async (_what, length, shared) => {
    const body = new Uint8Array(length).fill(97);
    const given: Uint8Array[] = [];
    let sent = 0;
    const begin = (exchange: HttpExchange): void => {
      exchange.head(200, [], length);
      exchange.requestWriteable();
    };
    const { respond } = streaming(begin, (exchange) => {
      const write = vi.spyOn(exchange.host, 'writeShared');
      exchange.body(body, () => sent++, true);
      for (const [bytes] of write.mock.calls) given.push(bytes);
      write.mockRestore();
      exchange.end();
    });
    const { peer } = await ask(get(), respond);
    expect(peer.text).toBe(
      `HTTP/1.1 200 OK\r\n${DATE}content-length: ${length}\r\n\r\n${'a'.repeat(length)}`,
    );
    expect([sent, given.length, given.every((bytes) => bytes === body)]).toEqual([1, shared, true]);
  });

  test('a responder may give Date and ask to close', async () => {
    const { peer } = await ask(get(), (exchange) => {
      exchange.reply(200, [
        ['Date', 'x'],
        ['Connection', 'close'],
      ]);
      return answered;
    });
    expect(peer.text).toBe(
      'HTTP/1.1 200 OK\r\nDate: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
    );
    expect(peer.ended).toBe(true);
  });

  test('later', async () => {
    const { respond, over, exchanges } = streaming(() => undefined);
    const { peer } = await ask(get(), respond);
    expect([peer.text, over]).toEqual(['', []]);
    exchanges[0]?.reply(200, [], 'later');
    await settle();
    expect([peer.text, over]).toEqual([ok('later'), [undefined]]);
  });
});

describe('misuse throws, sends nothing of it, and is 500', () => {
  test.each<[string, (exchange: HttpExchange) => void, string]>([
    [
      'CR LF in a value',
      (e) =>
        e.reply(200, [
          ['a', 'b'],
          ['c', 'd\r\ne: f'],
        ]),
      'LWS_ERR_HTTP_FIELD_VALUE',
    ],
    ['a name that is no token', (e) => e.head(200, [['a b', 'c']]), 'LWS_ERR_HTTP_FIELD_VALUE'],
    [
      'content-length',
      (e) => e.reply(200, [['Content-Length', '1']]),
      'LWS_ERR_HTTP_FIELD_RESERVED',
    ],
    [
      'transfer-encoding',
      (e) => e.reply(200, [['transfer-encoding', 'x']]),
      'LWS_ERR_HTTP_FIELD_RESERVED',
    ],
    ['keep-alive', (e) => e.reply(200, [['keep-alive', 'x']]), 'LWS_ERR_HTTP_FIELD_RESERVED'],
    ['connection', (e) => e.reply(200, [['connection', 'x']]), 'LWS_ERR_HTTP_FIELD_RESERVED'],
    ['status 199', (e) => e.reply(199, []), 'LWS_ERR_HTTP_STATUS'],
    ['status 600', (e) => e.head(600, []), 'LWS_ERR_HTTP_STATUS'],
    ['status 200.5', (e) => e.reply(200.5, []), 'LWS_ERR_HTTP_STATUS'],
    ['64 KiB and one', (e) => e.reply(200, [], new Uint8Array(65_537)), 'LWS_ERR_HTTP_REPLY_LIMIT'],
    ['a huge head', (e) => e.reply(200, [['a', 'x'.repeat(70_000)]]), 'LWS_ERR_HTTP_REPLY_LIMIT'],
    ['a negative length', (e) => e.head(200, [], -1), 'LWS_ERR_HTTP_BODY_LENGTH'],
    ['an object', (e) => e.reply(200, [], { a: 1 } as never), 'LWS_ERR_HTTP_DATA'],
    ['a number', (e) => e.reply(200, [], 5 as never), 'LWS_ERR_HTTP_DATA'],
    ['null', (e) => e.reply(200, [], null as never), 'LWS_ERR_HTTP_DATA'],
    ['an ArrayBuffer', (e) => e.reply(200, [], new ArrayBuffer(4) as never), 'LWS_ERR_HTTP_DATA'],
    ['a list', (e) => e.reply(200, [], [65] as never), 'LWS_ERR_HTTP_DATA'],
    ['words', (e) => e.reply(200, [], Uint16Array.of(1) as never), 'LWS_ERR_HTTP_DATA'],
    ['Headers', (e) => e.reply(200, new Headers({ a: 'b' }) as never), 'LWS_ERR_HTTP_FIELD_VALUE'],
    ['a record', (e) => e.reply(200, { a: 'b' } as never), 'LWS_ERR_HTTP_FIELD_VALUE'],
    [
      'names and values in a row',
      (e) => e.reply(200, ['aa', 'bb'] as never),
      'LWS_ERR_HTTP_FIELD_VALUE',
    ],
    ['a number as value', (e) => e.reply(200, [['a', 5]] as never), 'LWS_ERR_HTTP_FIELD_VALUE'],
    [
      'a symbol as name',
      (e) => e.head(200, [[Symbol('a'), 'b']] as never),
      'LWS_ERR_HTTP_FIELD_VALUE',
    ],
    ['body before head', (e) => e.body(bytes('x')), 'LWS_ERR_HTTP_NO_HEAD'],
    ['end before head', (e) => e.end(), 'LWS_ERR_HTTP_NO_HEAD'],
  ])('%s', async (_name, misuse, code) => {
    const codes: unknown[] = [];
    const { peer, vhost, lent } = await ask(get(), (exchange) => {
      try {
        misuse(exchange);
      } catch (error) {
        codes.push(error instanceof LwsError && error.code);
        throw error;
      }
      return answered;
    });
    expect(codes).toEqual([code]);
    expect(statuses(peer.text)).toEqual([500]);
    expect([peer.ended, lent(), vhost.counters.refused.get('LWS_ERR_HANDLER_THREW')]).toEqual([
      true,
      0,
      1,
    ]);
    expect(logged.join('\n')).toContain('a handler threw');
  });

  test.each<[string, (exchange: HttpExchange) => void, string]>([
    ['reply', (e) => e.reply(200, []), 'LWS_ERR_HTTP_ANSWERED'],
    ['head', (e) => e.head(200, []), 'LWS_ERR_HTTP_ANSWERED'],
    ['body', (e) => e.body(bytes('x')), 'LWS_ERR_HTTP_ANSWERED'],
    ['end', (e) => e.end(), 'LWS_ERR_HTTP_ANSWERED'],
  ])('%s after the answer', async (_name, misuse, code) => {
    let thrown: unknown;
    const { peer } = await ask(get(), (exchange) => {
      exchange.reply(200, [], 'once');
      try {
        misuse(exchange);
      } catch (error) {
        thrown = error;
      }
      return answered;
    });
    expect(thrown).toMatchObject({ code });
    expect(peer.text).toBe(ok('once'));
  });
});

describe('streamed answers', () => {
  const hello = (exchange: HttpExchange, call: number): void => {
    exchange.body(bytes(call === 0 ? 'hello ' : 'world'));
    if (call === 0) exchange.requestWriteable();
    else exchange.end();
  };
  const start =
    (length?: number) =>
    (exchange: HttpExchange): void => {
      exchange.head(200, [], length);
      exchange.requestWriteable();
    };

  test.each([
    ['with a length', 11, get(), 'content-length: 11\r\n\r\nhello world', false],
    [
      'in chunks',
      undefined,
      get(),
      'transfer-encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n',
      false,
    ],
    [
      'to the end for HTTP/1.0',
      undefined,
      get('/', '1.0', 'Connection: keep-alive\r\n'),
      'connection: close\r\n\r\nhello world',
      true,
    ],
    ['to HEAD', 11, head, 'content-length: 11\r\n\r\n', false],
    ['to HEAD without length', undefined, head, 'transfer-encoding: chunked\r\n\r\n', false],
    [
      'to HEAD without length in HTTP/1.0',
      undefined,
      'HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
      'connection: keep-alive\r\n\r\n',
      false,
    ],
  ])('%s', async (_name, length, request, end, ends) => {
    const { respond, over } = streaming(start(length), hello);
    const { peer, lent } = await ask(request, respond);
    expect(peer.text).toBe(`HTTP/1.1 200 OK\r\n${DATE}${end}`);
    expect([over, peer.ended, lent()]).toEqual([[undefined], ends, 0]);
  });

  test('chunk sizes in hexadecimal, empty pieces left out, trailers', async () => {
    const sizes = [1, 15, 16, 255, 256, 4095, 4096, 16_384, 16_385];
    let sent = 0;
    const { respond } = streaming(start(), (exchange) => {
      for (const size of sizes) exchange.body(new Uint8Array(size).fill(97), () => sent++);
      exchange.body(new Uint8Array(0), () => sent++);
      exchange.end([['X-Sum', '1']]);
    });
    const { peer } = await ask(get(), respond);
    const chunks = sizes.map((size) => `${size.toString(16)}\r\n${'a'.repeat(size)}\r\n`).join('');
    expect(peer.text.split('\r\n\r\n').slice(1).join('\r\n\r\n')).toBe(
      `${chunks}0\r\nX-Sum: 1\r\n\r\n`,
    );
    expect(sent).toBe(10);
  });

  test.each([
    ['of 5 bytes', 5],
    ['of 16 KiB', 16_384],
    ['of more, that is not copied', 16_385],
  ])('a piece %s is framed before it is told as sent', async (_name, size) => {
    const { respond, over } = streaming(start(), (exchange) => {
      exchange.body(new Uint8Array(size).fill(97), () => exchange.end([['x-sum', '1']]));
    });
    const { peer } = await ask(get(), respond);
    const chunk = `${size.toString(16)}\r\n${'a'.repeat(size)}\r\n`;
    expect(peer.text.endsWith(`\r\n\r\n${chunk}0\r\nx-sum: 1\r\n\r\n`)).toBe(true);
    expect(over).toEqual([undefined]);
  });

  test.each(['Content-Length', 'transfer-encoding', 'Host', 'set-cookie', 'trailer'])(
    '%s cannot stand behind the body',
    async (name) => {
      const { respond, over } = streaming(start(), (exchange) => {
        exchange.body(bytes('a'));
        exchange.end([
          ['x-sum', '1'],
          [name, '1'],
        ]);
      });
      const { peer } = await ask(get(), respond);
      expect(logged.join()).toContain(`only the role may send: ${name} as a trailer`);
      expect(over).toEqual(['LWS_ERR_HTTP_HANDLER']);
      expect(peer.text).not.toContain('x-sum');
    },
  );

  test('more than announced throws and resets', async () => {
    const { respond, over } = streaming(start(5), (exchange) => exchange.body(bytes('hello!')));
    const { peer } = await ask(get(), respond);
    expect([peer.isClosed, peer.error?.code]).toEqual([true, 'LWS_ERR_TRANSPORT_RESET']);
    expect(over).toEqual(['LWS_ERR_HTTP_HANDLER']);
  });

  test('less than announced cannot be ended', async () => {
    const codes: unknown[] = [];
    const { respond } = streaming(start(5), (exchange, call) => {
      if (call === 0) exchange.body(bytes('hell'));
      try {
        exchange.end();
      } catch (error) {
        codes.push((error as LwsError).code);
        throw error;
      }
    });
    const { peer } = await ask(get(), respond);
    expect(codes).toEqual(['LWS_ERR_HTTP_BODY_LENGTH']);
    expect(peer.error?.code).toBe('LWS_ERR_TRANSPORT_RESET');
  });

  test.each([{}, 5, null, undefined, new ArrayBuffer(3), 'text', [65]])(
    'a body of %o throws',
    async (body) => {
      const codes: unknown[] = [];
      const { respond } = streaming(start(undefined), (exchange) => {
        try {
          exchange.body(body as never);
        } catch (error) {
          codes.push((error as LwsError).code);
          throw error;
        }
      });
      const { peer } = await ask(get(), respond);
      expect(codes).toEqual(['LWS_ERR_HTTP_DATA']);
      expect(peer.error?.code).toBe('LWS_ERR_TRANSPORT_RESET');
    },
  );

  test('bodies outside writeable, and after false, throw', async () => {
    const codes: unknown[] = [];
    const note = (run: () => unknown): void => {
      try {
        codes.push(run());
      } catch (error) {
        codes.push((error as LwsError).code);
      }
    };
    const { respond } = streaming(
      (exchange) => {
        exchange.head(200, []);
        note(() => exchange.body(bytes('x')));
        exchange.requestWriteable();
      },
      (exchange) => {
        note(() => exchange.body(new Uint8Array(10_000)));
        note(() => exchange.body(new Uint8Array(60_000)));
        note(() => exchange.body(bytes('x')));
        exchange.end();
      },
    );
    const { connect } = await openHttp(respond);
    const { peer } = await connect({ listening: false, capacity: 100 });
    await peer.send(get());
    await peer.read(true);
    await settle(2000);
    expect(codes).toEqual(['LWS_ERR_HTTP_NOT_WRITEABLE', true, false, 'LWS_ERR_HTTP_CHOKED']);
    expect(peer.text.endsWith('0\r\n\r\n')).toBe(true);
  });

  test('10 MiB by the peer\u2019s pace, one piece in flight', async () => {
    const piece = new Uint8Array(262_144).fill(98);
    let inFlight = 0;
    let most = 0;
    let left = 40;
    const { respond, over } = streaming(start(40 * piece.length), (exchange) => {
      if (inFlight > 0) return;
      if (left-- === 0) {
        exchange.end();
        return;
      }
      most = Math.max(most, ++inFlight);
      exchange.body(piece, () => {
        inFlight--;
        exchange.requestWriteable();
      });
    });
    const { connect, lent } = await openHttp(respond);
    const { peer, server } = await connect({ listening: false });
    await peer.send(get());
    expect(server.written).toBeLessThan(600_000);
    expect(lent()).toBe(1);
    await peer.read(true);
    await settle(2000);
    expect(peer.bytes.length).toBeGreaterThan(40 * piece.length);
    expect([over, most, lent()]).toEqual([[undefined], 1, 0]);
  });
});

describe('ends before the answer', () => {
  const gone: CodedError = { code: 'LWS_ERR_TEST', message: 'm', hint: 'h' };

  test.each<[string, (exchange: HttpExchange) => void]>([
    ['nothing said yet', () => undefined],
    ['head sent', (exchange) => exchange.head(200, [], 10)],
  ])('abort: %s', async (_name, start) => {
    const { respond, over, exchanges } = streaming(start);
    const { peer, vhost, lent } = await ask(get() + get(), respond);
    const [exchange] = exchanges;
    exchange?.abort(gone);
    expect(exchange?.body(bytes('x'))).toBe(false);
    exchange?.end();
    exchange?.abort(gone);
    await settle();
    expect(peer.error?.code).toBe('LWS_ERR_TRANSPORT_RESET');
    expect(vhost.counters.refused.get('LWS_ERR_TEST')).toBe(1);
    expect([over.length, exchanges.length, lent()]).toEqual([1, 1, 0]);
  });

  test.each<[string, (exchange: HttpExchange) => void]>([
    ['resets the connection', (exchange) => exchange.host.abort()],
    ['ends it', (exchange) => exchange.host.finish()],
    ['gives up', (exchange) => exchange.abort(gone)],
    [
      'sends a head and gives up',
      (exchange) => {
        exchange.head(200, [], 10);
        exchange.abort(gone);
      },
    ],
  ])('who %s while being asked has done once', async (_name, end) => {
    const { respond, over } = streaming(end);
    const { peer, lent } = await ask(get(), respond);
    await peer.end();
    await settle();
    expect([over.length, over[0] === undefined, lent()]).toEqual([1, false, 0]);
  });

  test('the peer resets: done once, then nothing has an effect', async () => {
    const { respond, over, exchanges } = streaming((exchange) => exchange.head(200, []));
    const { peer, lent } = await ask(get(), respond);
    await peer.reset();
    const [exchange] = exchanges;
    expect([over, lent()]).toEqual([['LWS_ERR_TRANSPORT_RESET'], 0]);
    exchange?.requestWriteable();
    exchange?.rxFlow(false);
    exchange?.readBody({ chunk() {}, complete() {} });
    expect(exchange?.body(bytes('x'))).toBe(false);
    exchange?.end();
    exchange?.reply(200, []);
    await settle();
    expect([over.length, exchanges.length]).toEqual([1, 1]);
  });

  test('FIN behind the request: the answer still comes, then the end', async () => {
    const { respond, over, exchanges } = streaming(() => undefined);
    const { peer } = await ask(get('/1') + get('/2'), respond);
    await peer.end();
    exchanges[0]?.reply(200, [], 'one');
    await settle();
    exchanges[1]?.reply(200, [], 'two');
    await settle();
    expect(peer.text.startsWith(ok('one'))).toBe(true);
    expect(statuses(peer.text)).toEqual([200, 200]);
    expect([over, peer.isClosed, peer.error]).toEqual([[undefined, undefined], true, undefined]);
  });

  test('FIN while the answer streams: the rest of it, then the end', async () => {
    const { respond, over, exchanges } = streaming(
      (exchange) => exchange.head(200, [], 2),
      (exchange) => {
        exchange.body(bytes('hi'));
        exchange.end();
      },
    );
    const { peer } = await ask(get(), respond);
    await peer.end();
    expect([peer.ended, over]).toEqual([false, []]);
    exchanges[0]?.requestWriteable();
    await settle();
    expect([peer.text.endsWith('\r\n\r\nhi'), over]).toEqual([true, [undefined]]);
    expect([peer.ended, peer.isClosed, peer.error]).toEqual([true, true, undefined]);
  });

  test.each(['', 'GET', get().slice(0, -2), `${get()}GE`])(
    'FIN behind %j ends quietly',
    async (sent) => {
      const { connect, lent } = await openHttp((exchange) => {
        exchange.reply(200, []);
        return answered;
      });
      const { peer } = await connect();
      if (sent !== '') await peer.send(sent);
      await peer.end();
      expect(statuses(peer.text)).toEqual(sent.startsWith(get()) ? [200] : []);
      expect([peer.isClosed, peer.error, logged, lent()]).toEqual([true, undefined, [], 0]);
    },
  );

  test('a handler that throws in writeable resets: the peer must not take it for complete', async () => {
    const { respond, over } = streaming(
      (exchange) => {
        exchange.head(200, []);
        exchange.requestWriteable();
      },
      () => {
        throw new Error('in writeable');
      },
    );
    const { peer, lent } = await ask(get() + get(), respond);
    expect(peer.error?.code).toBe('LWS_ERR_TRANSPORT_RESET');
    expect([over, lent()]).toEqual([['LWS_ERR_HTTP_HANDLER'], 0]);
  });

  test('what was answered whole leaves, whatever its handler throws behind it', async () => {
    const over: (string | undefined)[] = [];
    const { connect, lent, vhost, context } = await openHttp((exchange) => {
      exchange.reply(200, [], exchange.request.path);
      if (exchange.request.path === '/b') throw new Error('behind reply');
      return { kind: 'answer', writeable() {}, done: (error) => over.push(error?.code) };
    });
    const { peer } = await connect();
    await peer.send(get('/a') + get('/b') + get('/c'));
    expect(statuses(peer.text)).toEqual([200, 200]);
    expect([peer.text.endsWith('/b'), peer.ended, peer.error, lent()]).toEqual([
      true,
      true,
      undefined,
      0,
    ]);
    expect(over).toEqual([undefined]);
    expect(vhost.counters.refused.get('LWS_ERR_HANDLER_THREW')).toBe(1);
    expect(logged.join()).toContain('behind reply');
    expect(context.counters.rejected).toBe(0);
  });

  test.each([false, true])('so does a stream (ended: %s) only when it is whole', async (ends) => {
    const { respond, over } = streaming(
      (exchange) => {
        exchange.head(200, [], 2);
        exchange.requestWriteable();
      },
      (exchange) => {
        exchange.body(bytes('hi'));
        if (ends) exchange.end();
        throw new Error('in writeable');
      },
    );
    const { peer } = await ask(get(), respond);
    expect([peer.text.endsWith('hi'), peer.error?.code, over]).toEqual(
      ends
        ? [true, undefined, [undefined]]
        : [false, 'LWS_ERR_TRANSPORT_RESET', ['LWS_ERR_HTTP_HANDLER']],
    );
  });

  test('a handler that throws in done ends its own connection only', async () => {
    const opened = await openHttp((exchange) => {
      exchange.reply(200, [], exchange.request.path);
      return {
        kind: 'answer',
        writeable() {},
        done() {
          throw new Error('in done');
        },
      };
    });
    const { peer } = await opened.connect();
    await peer.send(get('/a'));
    expect([peer.text.endsWith('/a'), peer.ended, peer.error, opened.lent()]).toEqual([
      true,
      true,
      undefined,
      0,
    ]);
    const { peer: other } = await opened.connect();
    await other.send(get('/b'));
    expect(opened.lent()).toBe(0);
  });
});

describe('shutdown', () => {
  test('an answer whose head is out is completed; the end says the rest', async () => {
    const { respond, over, exchanges } = streaming(
      (exchange) => exchange.head(200, [], 2),
      (exchange) => {
        exchange.body(bytes('hi'));
        exchange.end();
      },
    );
    const { connect, context, clock } = await openHttp(respond);
    const { peer } = await connect();
    await peer.send(get('/a') + get('/b'));
    const closed = context.close({ deadlineSecs: 10 });
    await settle();
    exchanges[0]?.requestWriteable();
    await settle();
    expect([peer.text.endsWith('\r\n\r\nhi'), peer.ended, exchanges.length]).toEqual([
      true,
      true,
      1,
    ]);
    await peer.end();
    await clock.advance(0);
    expect(await closed).toMatchObject({ closed: 1, cut: 0 });
    expect(over).toEqual([undefined]);
  });

  test('an answer that fills the turn in which it is told to end goes on', async () => {
    const { respond } = streaming(
      (exchange) => {
        exchange.head(200, [], 288_000);
        exchange.requestWriteable();
      },
      (exchange, call) => {
        // each is collected, and the last one is over the budget of a turn
        for (let piece = 0; piece < 9; piece++) exchange.body(new Uint8Array(8000).fill(97));
        if (call === 0) exchange.host.close(undefined, '');
        if (call < 3) exchange.requestWriteable();
        else exchange.end();
      },
    );
    const { vhost } = await openHttp(respond);
    // a real socket: the kernel takes all of it at once, so that no transport says that it is drained
    const server = createServer((socket) => vhost.adopt(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write(get('/a'));
    const answer = await text(client);
    expect(answer.split('\r\n\r\n')[1]?.length).toBe(288_000);
    server.close();
  });

  test('an idle connection ends, a transaction finishes first and says so', async () => {
    const { respond, over, exchanges } = streaming(
      () => undefined,
      (exchange, call) => {
        exchange.body(new Uint8Array(40_000).fill(97));
        if (call < 9) exchange.requestWriteable();
        else exchange.end();
      },
    );
    const { connect, context, clock } = await openHttp(respond);
    const { peer: idle } = await connect();
    const { peer } = await connect();
    await peer.send(get('/a') + get('/b'));
    const closed = context.close({ deadlineSecs: 10 });
    await settle();
    expect([idle.ended, peer.ended]).toEqual([true, false]);
    await idle.end();
    exchanges[0]?.head(200, [], 400_000);
    exchanges[0]?.requestWriteable();
    await settle(30);
    expect(peer.text).toContain('connection: close\r\n');
    expect(peer.text.split('\r\n\r\n')[1]?.length).toBe(400_000);
    await peer.end();
    await clock.advance(0);
    expect(await closed).toMatchObject({ closed: 2, cut: 0 });
    expect([over, exchanges.length]).toEqual([[undefined], 1]);
  });
});

test('who ends the connection in done() has it ended at once, not after keepaliveTimeout', async () => {
  const { connect } = await openHttp((exchange) => {
    exchange.reply(200, [], 'last');
    return { ...answered, done: () => exchange.host.close(undefined, '') };
  });
  const { peer } = await connect();
  await peer.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  expect([peer.text.endsWith('last'), peer.ended]).toEqual([true, true]);
});
