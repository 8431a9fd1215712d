/** PRX-6 to PRX-8, PRX-11, PRX-13: what upstreams, and peers, do wrong, and that nobody else is deceived by it. */
import { createServer, Socket } from 'node:net';
import { ChunkedBodyReader } from '@lws-ts/http/framing';
import { VirtualClock } from '@lws-ts/test-kit';
import { describe, expect, test, vi } from 'vitest';
import { badBodies, badHeads, ok } from '../../../http/test/client/answer-cases.ts';
import { answer } from '../../../http/test/client/scripted-origin.ts';
import { requestCases } from '../../../http/test/framing/request-cases.ts';
import { get, logged, openProxy, readAnswer } from './open-proxy.ts';

const keep = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** Whether what was heard could be taken for a whole answer. */
function looksWhole(heard: string): boolean {
  const { head, body } = readAnswer(heard);
  const length = /^content-length: (\d+)\r$/im.exec(head)?.[1];
  if (length !== undefined) return body.length >= Number(length);
  if (!/^transfer-encoding: chunked\r$/im.test(head)) return true;
  const reader = new ChunkedBodyReader({ data: (_bytes, _start, end) => end }, 1e9);
  const bytes = Buffer.from(body, 'latin1');
  reader.push(bytes, 0, bytes.length);
  return reader.complete;
}

describe('an answer that cannot be believed', () => {
  // a redirect is the peer's to follow
  const heads = badHeads.filter(([, , code]) => code !== 'LWS_ERR_HTTP_REDIRECT');

  test('has at least 60 forms', () => {
    expect(heads.length + badBodies.length).toBeGreaterThanOrEqual(60);
  });

  test.each(heads)('502: a head that is %s', async (_name, bytes) => {
    const {
      connect: join,
      upstream,
      context,
    } = await openProxy((_request, socket) => {
      socket.write(bytes, 'latin1');
      socket.end();
    });
    const peer = await join();
    await peer.send(keep);
    await vi.waitUntil(() => peer.text.includes('\r\n\r\n'));
    expect(readAnswer(peer.text).status).toBe(502);
    expect(context.counters.refused.get('LWS_ERR_MOUNT_UPSTREAM' as never)).toBe(1);
    expect(logged.join()).toContain('LWS_ERR_MOUNT_UPSTREAM');
    await peer.send(keep);
    await vi.waitUntil(() => upstream.sockets.length === 2);
  });

  test.each(badBodies)('cut: a body that is %s', async (_name, bytes) => {
    const {
      connect: join,
      upstream,
      context,
    } = await openProxy((_request, socket) => {
      socket.write(bytes, 'latin1');
      socket.end();
    });
    const peer = await join();
    await peer.send(keep);
    await vi.waitUntil(() => peer.isClosed);
    expect(looksWhole(peer.text)).toBe(false);
    expect(upstream.sockets).toHaveLength(1);
    expect(context.counters.refused.get('LWS_ERR_MOUNT_UPSTREAM' as never)).toBe(1);
  });
});

describe('an upstream that dies at any byte never leaves a whole answer', () => {
  const sized = (body: string, fields = '', status = '200 OK'): string =>
    `HTTP/1.1 ${status}\r\n${fields}content-length: ${body.length}\r\n\r\n${body}`;
  const chunks = (body: string, fields = '', status = '200 OK'): string =>
    `HTTP/1.1 ${status}\r\n${fields}transfer-encoding: chunked\r\n\r\n${body}`;

  test.each<[string, string]>([
    ['a length', sized('hello world')],
    ['a length of one', sized('x')],
    ['a length of 300', sized('x'.repeat(300))],
    [
      'a length, and fields behind it',
      sized('abc').replace('\r\n\r\n', '\r\nx-a: b\r\nx-c: d\r\n\r\n'),
    ],
    ['an error with a length', sized('abc', '', '500 No')],
    ['not found', sized('not here', 'content-type: text/plain\r\n', '404 Not Found')],
    ['a redirect', sized('see there', 'location: /x\r\n', '302 Found')],
    ['a part', sized('abc', 'content-range: bytes 0-2/9\r\n', '206 Partial Content')],
    ['a page', sized('<a href="/x">x</a>', 'content-type: text/html\r\n')],
    ['what looks like an end', sized('0\r\n\r\n0\r\n\r\n')],
    ['cookies', sized('abc', 'set-cookie: a=b; path=/\r\nset-cookie: c=d\r\n')],
    ['HTTP/1.0', sized('abc').replace('HTTP/1.1', 'HTTP/1.0')],
    ['behind an interim answer', `HTTP/1.1 103 Early\r\nlink: x\r\n\r\n${sized('abc')}`],
    ['one chunk', chunks('5\r\nhello\r\n0\r\n\r\n')],
    ['two chunks', chunks('5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n')],
    ['chunks with extensions', chunks('5;a=b;c="d"\r\nhello\r\n0;e\r\n\r\n')],
    ['chunks with trailers', chunks('5\r\nhello\r\n0\r\nx-t: 1\r\nx-u: 2\r\n\r\n')],
    ['chunks of one byte', chunks(`${'1\r\nx\r\n'.repeat(10)}0\r\n\r\n`)],
    ['a chunk that looks like an end', chunks('7\r\n0\r\n\r\n0\r\n\r\n0\r\n\r\n')],
    ['no body in chunks', chunks('0\r\n\r\n', '', '503 Busy')],
  ])('%s', async (_name, bytes) => {
    const { ask } = await openProxy(({ head }, socket) => {
      const cut = Number(/^GET \/(\d+) /.exec(head)?.[1]);
      socket.write(bytes.slice(0, cut));
      setTimeout(() => (cut % 2 === 0 ? socket.resetAndDestroy() : socket.end()), 1);
    });
    const cuts = Array.from({ length: bytes.length }, (_, cut) => cut);
    const heard = await Promise.all(cuts.map((cut) => ask(get(`/${cut}`))));
    const deceived = cuts.filter((cut) => {
      const text = heard[cut] as string;
      return readAnswer(text).status !== 502 && looksWhole(text);
    });
    expect(deceived.map((cut) => [cut, heard[cut]])).toEqual([]);
    // before its head is whole there is always an answer
    const headEnd = bytes.indexOf('\r\n\r\n') + 3;
    expect(
      cuts.filter((cut) => cut < headEnd && readAnswer(heard[cut] as string).status !== 502),
    ).toEqual([]);
  });
});

describe('an upstream that', () => {
  test('is not there: 502', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => {
      gone.listen(0, '127.0.0.1', resolve);
    });
    const { port } = gone.address() as { port: number };
    await new Promise((resolve) => gone.close(resolve));
    const { ask } = await openProxy(() => undefined, {
      mount: { origin: `http://127.0.0.1:${port}`, headers: { 'X-Frame-Options': 'DENY' } },
    });
    const { status, head } = readAnswer(await ask(get('/')));
    expect([status, head]).toEqual([502, expect.stringContaining('x-frame-options: DENY\r\n')]);
    expect(logged.join()).toContain('LWS_ERR_CONNECT');
  });

  test.each<[string, object, number]>([
    ['responseTimeoutSecs', { responseTimeoutSecs: 3 }, 3],
    ['55 s unless told otherwise', {}, 55],
  ])('does not answer: 504 after %s', async (_name, mount, secs) => {
    const clock = new VirtualClock();
    const { connect: join, upstream } = await openProxy(() => undefined, { clock, mount });
    const peer = await join();
    await peer.send(keep);
    await vi.waitUntil(() => upstream.requests.length === 1);
    await clock.advance(secs * 1000 - 500);
    expect(peer.text).toBe('');
    await clock.advance(1000);
    await vi.waitUntil(() => peer.text.includes('\r\n\r\n'));
    expect(readAnswer(peer.text).status).toBe(504);
    await vi.waitUntil(() => upstream.sockets[0]?.destroyed === true);
  });

  test('stops in the middle: cut after responseIdleSecs', async () => {
    const clock = new VirtualClock();
    const { connect: join } = await openProxy(
      (_request, socket) => void socket.write(`${ok}content-length: 9\r\n\r\nabc`),
      { clock, mount: { responseIdleSecs: 3 } },
    );
    const peer = await join();
    await peer.send(keep);
    await vi.waitUntil(() => peer.text.endsWith('abc'));
    await clock.advance(3500);
    await vi.waitUntil(() => peer.isClosed);
    expect(looksWhole(peer.text)).toBe(false);
  });

  test('closed a kept connection: a GET goes by a new one, a POST is 502 and sent once', async () => {
    const { connect: join, upstream } = await openProxy(({ at }, socket) => {
      if (at === 2 || at === 4) socket.destroy();
      else socket.write(answer(`n${at}`));
    });
    const peer = await join();
    await peer.send(keep);
    await vi.waitUntil(() => peer.text.includes('n1'));
    await peer.send(keep);
    await vi.waitUntil(() => peer.text.includes('n3'));
    await peer.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx');
    await vi.waitUntil(() => peer.text.includes('502'));
    expect(upstream.requests).toHaveLength(4);
  });
});

describe('closed a kept connection at the head of a PUT', () => {
  const chunked = 'Transfer-Encoding: chunked';
  const put = (field: string): string => `PUT / HTTP/1.1\r\nHost: a\r\n${field}\r\n\r\n`;
  /** A peer that was served by a connection which is reset at the next head. */
  const openDying = async () => {
    const opened = await openProxy((request, socket) => {
      socket.write(answer(request.body === '' ? 'first' : `got ${request.body}`));
      if (request.connection === 1) socket.once('data', () => socket.resetAndDestroy());
    });
    const peer = await opened.connect();
    await peer.send(keep);
    await vi.waitUntil(() => peer.text.endsWith('first'));
    return peer;
  };

  test('the end of an empty body goes by the new one too', async () => {
    const peer = await openDying();
    await peer.send(`${put(chunked)}0\r\n\r\n`);
    await vi.waitFor(() => expect(peer.text.endsWith('got 0\r\n\r\n')).toBe(true));
  });

  const large = 'x'.repeat(300_000);
  test.each([
    ['in one piece', chunked, '5\r\nhello\r\n0\r\n\r\n', ''],
    ['to its end', chunked, '5\r\nhello\r\n', '0\r\n\r\n'],
    ['and goes on', chunked, '2\r\nhe\r\n', '3\r\nllo\r\n0\r\n\r\n'],
    ['more than there is room for', `Content-Length: ${large.length}`, large, ''],
  ])('what comes while it is replaced is not lost: %s', async (_name, field, meanwhile, rest) => {
    const peer = await openDying();
    const dial = Object.getOwnPropertyDescriptor(Socket.prototype, 'connect')
      ?.value as () => Socket;
    let sent: Promise<unknown> | undefined;
    const dialled = vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (
      this: Socket,
      ...given: unknown[]
    ) {
      sent ??= peer.send(meanwhile);
      return Reflect.apply(dial, this, given);
    });
    try {
      await peer.send(put(field));
      await vi.waitUntil(() => sent !== undefined);
      await sent;
      if (rest !== '') await peer.send(rest);
      await vi.waitFor(() => expect(peer.text.endsWith(`got ${meanwhile}${rest}`)).toBe(true));
    } finally {
      dialled.mockRestore();
    }
  });
});

test('a peer that goes takes its request to the upstream along', async () => {
  const { connect: join, upstream } = await openProxy(
    (_request, socket) => void socket.write(`${ok}content-length: 9\r\n\r\nabc`),
  );
  const peer = await join();
  await peer.send(keep);
  await vi.waitUntil(() => peer.text.endsWith('abc'));
  await peer.reset();
  await vi.waitUntil(() => upstream.sockets[0]?.destroyed === true, { timeout: 1000 });
  expect(upstream.requests).toHaveLength(1);
});

describe('the upstream hears no byte of a request that is refused', () => {
  // what stands behind a whole request is another one
  const refused = requestCases.filter(
    ([id, , outcome]) => typeof outcome === 'string' && !id.startsWith('SMG-11'),
  );

  test('of which there are many', () => {
    expect(refused.length).toBeGreaterThan(91);
  });

  test.each(refused)('%s', async (_id, bytes) => {
    const { connect: join, upstream } = await openProxy(
      (_request, socket) => void socket.write(answer('x')),
    );
    const peer = await join();
    await peer.send(bytes);
    await peer.end();
    await vi.waitUntil(() => peer.ended || peer.isClosed);
    expect(upstream.received).toBe(0);
    expect(upstream.sockets).toHaveLength(0);
  });

  test.each(refused)('nor where a connection waits for it: %s', async (_id, bytes) => {
    const { connect: join, upstream } = await openProxy(
      (_request, socket) => void socket.write(answer('x')),
    );
    const before = await join();
    await before.send(keep);
    await vi.waitUntil(() => before.text.endsWith('x'));
    const { received } = upstream;
    const peer = await join();
    await peer.send(bytes);
    await peer.end();
    await vi.waitUntil(() => peer.ended || peer.isClosed);
    await new Promise((resolve) => setTimeout(resolve, 2));
    expect(upstream.received).toBe(received);
  });
});

test('a chunked body that breaks in the middle never becomes a whole request', async () => {
  const { connect: join, upstream } = await openProxy(
    (_request, socket) => void socket.write(answer('x')),
  );
  const peer = await join();
  await peer.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
  await vi.waitUntil(() => upstream.received > 50);
  await peer.send('3\r\nabcX\r\n0\r\n\r\n');
  await vi.waitUntil(() => upstream.sockets[0]?.destroyed === true);
  expect(upstream.requests).toEqual([]);
});
