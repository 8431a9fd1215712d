/** PRX-6 to PRX-8, PRX-11, PRX-13: what upstreams, and peers, do wrong, and that nobody else is deceived by it. */
import { createServer } from 'node:net';
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
  if (/^transfer-encoding: chunked\r$/im.test(head))
    return /(?:^|\r\n)0\r\n(?:.+\r\n)*\r\n$/.test(body);
  return true;
}

describe('an answer that cannot be believed', () => {
  // a redirect is the peer's to follow
  const heads = badHeads.filter(([, , code]) => code !== 'LWS_ERR_HTTP_REDIRECT');

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
  test.each([
    `${ok}content-length: 11\r\n\r\nhello world`,
    `${ok}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`,
    `${ok}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-t: 1\r\n\r\n`,
    `HTTP/1.1 500 No\r\ncontent-length: 3\r\n\r\nabc`,
  ])('%j', async (bytes) => {
    let cut = 0;
    const { ask } = await openProxy((_request, socket) => {
      socket.write(bytes.slice(0, cut));
      setTimeout(() => (cut % 2 === 0 ? socket.resetAndDestroy() : socket.end()), 1);
    });
    for (; cut < bytes.length; cut++) {
      const heard = await ask(get('/'));
      const refused = readAnswer(heard).status === 502;
      expect(refused || !looksWhole(heard), `cut at ${cut}: ${heard}`).toBe(true);
      if (cut < bytes.indexOf('\r\n\r\n')) expect(refused, `cut at ${cut}`).toBe(true);
    }
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
      mount: { origin: `http://127.0.0.1:${port}` },
    });
    expect(readAnswer(await ask(get('/'))).status).toBe(502);
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
