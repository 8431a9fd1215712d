/** Flow control of answers, connections that are used again, and deadlines. */
import type { Socket } from 'node:net';
import { settle, VirtualClock } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import {
  ask,
  type ClientSocket,
  client,
  events,
  lines,
  origin,
  over,
  until,
} from './http-client.ts';
import { answer } from './scripted-origin.ts';

/** A client that reads only when the test says so. */
async function reading(): Promise<{
  context: Awaited<ReturnType<typeof client>>;
  asked: () => number;
}> {
  let asked = 0;
  const context = await client({
    receiveHttp: () => {
      asked++;
    },
  });
  return { context, asked: () => asked };
}

describe('receiveHttp and httpClientRead', () => {
  test('what is not read waits, and holds the server back', async () => {
    const total = 8 * 1024 * 1024;
    let written = 0;
    const piece = Buffer.alloc(65_536, 'x');
    const server = await origin((_request, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`);
      const more = (): void => {
        while (written < total) {
          written += piece.length;
          if (!socket.write(piece)) return;
        }
      };
      socket.on('drain', more);
      more();
    });
    const { context, asked } = await reading();
    const wsi = ask(context, server.url);
    await until(() => asked() === 1);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const stalledAt = written;
    expect(asked()).toBe(1);
    // what both kernels hold is theirs; the rest is still with the server
    expect(stalledAt).toBeLessThan(total);
    let read = 0;
    while (read < total) {
      const { length } = wsi.httpClientRead(1_000_000);
      read += length;
      if (length === 0) await settle(1);
    }
    expect(read).toBe(total);
    expect(await over()).toEqual([
      'established 200',
      expect.stringMatching(/^completed/),
      'closed',
    ]);
  });

  test('at most 4096 bytes at a time unless told otherwise, and nothing when nothing waits', async () => {
    const server = await origin((_request, socket) => void socket.write(answer('x'.repeat(5000))));
    const { context, asked } = await reading();
    const wsi = ask(context, server.url);
    await until(() => asked() > 0);
    expect(wsi.httpClientRead(1).length).toBe(1);
    expect(wsi.httpClientRead().length).toBe(4096);
    await settle();
    expect(events).toEqual(['established 200']);
    while (wsi.httpClientRead().length > 0) await settle();
    await over();
    expect(wsi.httpClientRead().length).toBe(0);
    expect(events).toEqual(['established 200', `completed "${'x'.repeat(5000)}"`, 'closed']);
  });

  test('the example of the notes: 1024 bytes of it each time that receiveHttp comes', async () => {
    const sizes: number[] = [];
    const server = await origin((_request, socket) => void socket.write(answer('x'.repeat(5000))));
    const context = await client({
      receiveHttp: (wsi) => void sizes.push(wsi.httpClientRead(1024).length),
    });
    ask(context, server.url);
    await over();
    expect(sizes).toEqual([1024, 1024, 1024, 1024, 904]);
  });

  test('completedHttp comes after the last byte was read, the end of the connection or not', async () => {
    const server = await origin(
      (_request, socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nabc'),
    );
    const { context, asked } = await reading();
    const wsi = ask(context, server.url);
    await until(() => asked() > 0);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(events).toEqual(['established 200']);
    expect(Buffer.from(wsi.httpClientRead()).toString()).toBe('abc');
    expect(await over()).toEqual(['established 200', 'completed "abc"', 'closed']);
  });

  test('in receiveHttp at once, by pieces without their framing', async () => {
    const server = await origin(
      (_request, socket) =>
        void socket.write(
          'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
        ),
    );
    const read: string[] = [];
    const context = await client({
      receiveHttp: (wsi) => void read.push(Buffer.from(wsi.httpClientRead(2)).toString()),
      completedHttp: () => void events.push('completed'),
    });
    const wsi = ask(context, server.url);
    await until(() => read.length > 0);
    while (!events.includes('completed')) {
      const piece = wsi.httpClientRead(2);
      if (piece.length > 0) read.push(Buffer.from(piece).toString());
      await settle(1);
    }
    expect(read.join('')).toBe('abcde');
  });

  test('rxFlowControl stops pieces that are pushed', async () => {
    let heard = 0;
    const context = await client({
      establishedHttp: (wsi) => wsi.rxFlowControl(false),
      receiveHttpRead: (_wsi, chunk) => {
        heard += chunk.length;
      },
    });
    const server = await origin((_request, socket) => void socket.write(answer('hello')));
    const wsi = ask(context, server.url);
    await until(() => wsi.status === 200);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heard).toBe(0);
    wsi.rxFlowControl(true);
    await over();
    expect(heard).toBe(5);
  });
});

describe('a connection that was used', () => {
  test('serves the next request to the same server', async () => {
    const server = await origin(({ at }, socket) => void socket.write(answer(`${at}`)));
    const context = await client();
    for (let at = 1; at <= 3; at++) {
      ask(context, `${server.url}${at}`, at === 2 ? { method: 'POST', requestBody: 'x' } : {});
      await over(at);
    }
    expect(events.filter((one) => one.startsWith('completed'))).toEqual(
      ['1', '2', '3'].map((body) => `completed "${body}"`),
    );
    expect(server.sockets).toHaveLength(1);
  });

  test.each<[string, object, string]>([
    ['keepWarmSecs: 0', { keepWarmSecs: 0 }, answer('a')],
    ['Connection: close of the server', {}, answer('a', 'Connection: close\r\n')],
    ['HTTP/1.0', {}, answer('a').replace('HTTP/1.1', 'HTTP/1.0')],
    ['bytes behind the answer', {}, `${answer('a')}HTTP/1.1 200 OK\r\n`],
  ])('does not, by %s', async (_why, options, bytes) => {
    const server = await origin((_request, socket) => void socket.write(bytes));
    const context = await client();
    for (let at = 1; at <= 2; at++) {
      ask(context, server.url, options);
      await over(at);
    }
    expect(server.sockets).toHaveLength(2);
    expect(events.filter((one) => one === 'completed "a"')).toHaveLength(2);
  });

  test('keepWarmSecs: 0 says so to the server', async () => {
    const server = await origin((_request, socket) => void socket.end(answer('a')));
    ask(await client(), server.url, { keepWarmSecs: 0 });
    await over();
    expect(server.requests[0]?.head).toContain('\r\nconnection: close\r\n');
  });

  test('bytes behind the answer are counted and logged', async () => {
    const server = await origin((_request, socket) => void socket.write(`${answer('a')}more`));
    const context = await client();
    ask(context, server.url);
    expect(await over()).toEqual(['established 200', 'completed "a"', 'closed']);
    expect(context.counters.refused.get('LWS_ERR_HTTP_ANSWER_EXCESS')).toBe(1);
    expect(lines.join()).toContain('LWS_ERR_HTTP_ANSWER_EXCESS');
  });

  test.each([
    ['with other options of the connection', { family: 4 }],
    ['to the server by another name', { name: 'localhost' }],
  ])(
    'is not shared by a request %s',
    async (_how, { name, ...options }: { name?: string; family?: number }) => {
      const server = await origin((_request, socket) => void socket.write(answer('a')));
      const context = await client();
      ask(context, server.url);
      await over(1);
      ask(
        context,
        name === undefined ? server.url : server.url.replace('127.0.0.1', name),
        options as object,
      );
      await over(2);
      expect(server.sockets).toHaveLength(2);
    },
  );

  test('is closed when it waited for keepWarmSecs', async () => {
    const clock = new VirtualClock();
    const server = await origin((_request, socket) => void socket.write(answer('a')));
    const context = await client({}, clock);
    ask(context, server.url, { keepWarmSecs: 2 });
    await over();
    await clock.advance(1900);
    expect(server.sockets[0]?.readableEnded).toBe(false);
    let ended = false;
    server.sockets[0]?.on('close', () => {
      ended = true;
    });
    await clock.advance(200);
    await until(() => ended);
  });

  test('keepWarmMax: one more closes the oldest', async () => {
    const waiting: Socket[] = [];
    const server = await origin((_request, socket) => void waiting.push(socket));
    const context = await client();
    for (let at = 0; at < 3; at++) ask(context, server.url, { keepWarmMax: 2 });
    await until(() => waiting.length === 3);
    for (const socket of waiting) {
      socket.write(answer('a'));
      await over(events.length > 0 ? events.filter((one) => one === 'closed').length + 1 : 1);
    }
    expect(server.sockets).toHaveLength(3);
    await until(() => waiting[0]?.destroyed === true);
    expect(waiting.map((socket) => socket.destroyed)).toEqual([true, false, false]);
  });

  test('and died meanwhile: what may be repeated goes by a new one', async () => {
    const server = await origin(({ at }, socket) => {
      if (at === 2) socket.destroy();
      else socket.write(answer(`${at}`));
    });
    const context = await client();
    ask(context, server.url);
    await over(1);
    ask(context, server.url);
    await over(2);
    expect(events.slice(3)).toEqual(['established 200', 'completed "3"', 'closed']);
    expect(server.sockets).toHaveLength(2);
  });

  test('and died meanwhile: POST fails, and is not sent twice', async () => {
    const server = await origin(({ at }, socket) => {
      if (at === 2) socket.destroy();
      else socket.write(answer(`${at}`));
    });
    const context = await client();
    ask(context, server.url);
    await over(1);
    ask(context, server.url, { method: 'POST', requestBody: 'x', retry: { tableMs: [1] } });
    await over(2);
    expect(events.at(-1)).toBe('failed LWS_ERR_CONNECT_CLOSED');
    expect(server.requests).toHaveLength(2);
  });

  test('one that the server closed while it was idle is not used', async () => {
    const server = await origin((_request, socket) => void socket.write(answer('a')));
    const context = await client();
    ask(context, server.url);
    await over(1);
    server.sockets[0]?.end();
    await new Promise((resolve) => setTimeout(resolve, 30));
    ask(context, server.url, { method: 'POST' });
    await over(2);
    expect(events.at(-1)).toBe('closed');
    expect(server.sockets).toHaveLength(2);
  });

  test('a closed context leaves none behind', async () => {
    const server = await origin((_request, socket) => void socket.write(answer('a')));
    const context = await client();
    ask(context, server.url);
    await over();
    await context.close({ deadlineSecs: 1 });
    await until(
      () => server.sockets[0]?.destroyed === true || server.sockets[0]?.readableEnded === true,
    );
    expect(context.closed).toBe(true);
  });
});

describe('pipeline', () => {
  test.each([
    [true, 1],
    [false, 5],
  ])('%s: five requests at once go by %i connections', async (pipeline, connections) => {
    const server = await origin(({ at }, socket) => {
      setTimeout(() => socket.write(answer(`n${at}`)), 5);
    });
    const context = await client();
    for (let at = 0; at < 5; at++) ask(context, `${server.url}${at}`, { pipeline });
    await over(5);
    expect(server.sockets).toHaveLength(connections);
    expect(events.filter((one) => one.startsWith('completed'))).toHaveLength(5);
    if (pipeline)
      expect(server.requests.map(({ head }) => head.slice(0, 7))).toEqual(
        [0, 1, 2, 3, 4].map((at) => `GET /${at} `),
      );
  });

  test('whoever is given up while it waits is passed over', async () => {
    const server = await origin((_request, socket) => {
      setTimeout(() => socket.write(answer('a')), 20);
    });
    const context = await client();
    ask(context, `${server.url}1`, { pipeline: true });
    const waiting = ask(context, `${server.url}2`, { pipeline: true });
    ask(context, `${server.url}3`, { pipeline: true });
    waiting.abort();
    await over(3);
    expect(events.filter((one) => one === 'closed')).toHaveLength(2);
    expect(events).toContain('failed LWS_ERR_CONNECT_ABORTED');
    expect(server.requests.map(({ head }) => head.slice(0, 6))).toEqual(['GET /1', 'GET /3']);
  });

  test('one that fails lets the next one go, by a connection of its own', async () => {
    const server = await origin(({ at }, socket) => {
      if (at === 1) socket.destroy();
      else socket.write(answer('a'));
    });
    const context = await client();
    for (let at = 0; at < 2; at++) ask(context, server.url, { pipeline: true });
    await over(2);
    expect(events).toEqual([
      'failed LWS_ERR_CONNECT_CLOSED',
      'established 200',
      'completed "a"',
      'closed',
    ]);
    expect(server.sockets).toHaveLength(2);
  });

  test('its wait is not counted against connectTimeoutSecs', async () => {
    const clock = new VirtualClock();
    const server = await origin(() => undefined);
    const context = await client({}, clock);
    for (let at = 0; at < 2; at++) ask(context, server.url, { pipeline: true });
    await until(() => server.requests.length === 2);
    await clock.advance(20_000);
    expect(events).toEqual([]);
    server.sockets[0]?.write(answer('a'));
    await over(1);
    await clock.advance(20_000);
    server.sockets[0]?.write(answer('b'));
    await over(2);
    expect(events.filter((one) => one.startsWith('completed'))).toEqual([
      'completed "a"',
      'completed "b"',
    ]);
    expect(server.sockets).toHaveLength(1);
  });
});

describe('deadlines', () => {
  test.each<[string, object, string | undefined, number, string]>([
    [
      'responseTimeoutSecs',
      { responseTimeoutSecs: 3 },
      undefined,
      3,
      'failed LWS_ERR_HTTP_RESPONSE_TIMEOUT',
    ],
    [
      'responseTimeoutSecs, half a head',
      { responseTimeoutSecs: 3 },
      'HTTP/1.1 200 OK\r\nA:',
      3,
      'failed LWS_ERR_HTTP_RESPONSE_TIMEOUT',
    ],
    ['60 s unless told otherwise', {}, undefined, 60, 'failed LWS_ERR_HTTP_RESPONSE_TIMEOUT'],
    [
      'responseIdleSecs',
      { responseIdleSecs: 4 },
      'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc',
      4,
      'closed LWS_ERR_HTTP_ANSWER_IDLE',
    ],
  ])('%s', async (_name, options, bytes, secs, told) => {
    const clock = new VirtualClock();
    const server = await origin(
      (_request, socket) => void (bytes !== undefined && socket.write(bytes)),
    );
    const context = await client({}, clock);
    ask(context, server.url, { connectTimeoutSecs: 1, ...options });
    await until(() => server.requests.length === 1);
    if (bytes?.includes('\r\n\r\n') === true) await until(() => events.length > 0);
    else await new Promise((resolve) => setTimeout(resolve, 20));
    await clock.advance(secs * 1000 - 200);
    expect(events.filter((one) => !one.startsWith('established'))).toEqual([]);
    await clock.advance(400);
    expect((await over()).at(-1)).toBe(told);
    const code = told.split(' ')[1] ?? '';
    expect(context.counters.refused.get(code as never)).toBe(1);
    expect(lines.join()).toContain(code);
  });

  test('a program that does not read is not the server’s fault', async () => {
    const clock = new VirtualClock();
    const server = await origin(
      (_request, socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'),
    );
    let wsi: ClientSocket | undefined;
    const context = await client({ receiveHttp: () => undefined }, clock);
    wsi = ask(context, server.url, { responseIdleSecs: 1 });
    await until(() => wsi?.status === 200);
    await clock.advance(5000);
    expect(events).toEqual(['established 200']);
    wsi.httpClientRead();
    await clock.advance(1500);
    expect((await over()).at(-1)).toBe('closed LWS_ERR_HTTP_ANSWER_IDLE');
  });
});
