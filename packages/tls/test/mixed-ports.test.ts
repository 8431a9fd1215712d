/** Who does not speak TLS on a port that does, and who says nothing. */
import { VirtualClock } from '@lws-ts/test-kit';
import { afterEach, describe, expect, test } from 'vitest';
import { captureLog } from '../../core/test/captured-log.ts';
import { Authority, serving } from './authority.ts';
import {
  ask,
  askOver,
  closeOf,
  closeServed,
  everything,
  plain,
  serve,
  statusOf,
  until,
} from './served.ts';

const ca = new Authority();
const lines = captureLog();
afterEach(closeServed);

const one = { name: 'one.test', ...serving(ca.issue(['one.test'])) };
const two = { name: 'two.test', ...serving(ca.issue(['two.test'])) };

describe('plain HTTP on a TLS port', () => {
  test.each([
    ['one vhost', [one]],
    ['two vhosts', [one, two]],
  ])('is cut, logged and counted: %s', async (_name, vhosts) => {
    const { port, context } = await serve(vhosts);
    const { status } = await askOver(await plain(port), 'one.test');
    expect(status).not.toBe(200);
    await until('the count', () => context.counters.rejected === 1);
    expect(lines.join('\n')).toMatch(/LWS_ERR_TLS_(PLAIN|HANDSHAKE)/);
    expect(await ask(port, { ca: ca.cert })).toMatchObject({ status: 200 });
  });

  test('is served with allowNonSslOnSslPort, and TLS beside it', async () => {
    const { port } = await serve([{ ...one, allowNonSslOnSslPort: true }]);
    expect(await askOver(await plain(port), 'one.test')).toMatchObject({
      status: 200,
      protocol: 'none',
    });
    expect(await ask(port, { ca: ca.cert })).toMatchObject({ status: 200, protocol: 'TLSv1.3' });
  });

  test('arrives octet by octet as well', async () => {
    const { port } = await serve([{ ...one, allowNonSslOnSslPort: true }]);
    const socket = await plain(port);
    socket.setNoDelay(true);
    const answer = everything(socket);
    for (const letter of 'GET / HTTP/1.1\r\nHost: one.test\r\nConnection: close\r\n\r\n') {
      socket.write(letter);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    expect(await answer).toContain('200 OK');
  });

  test.each([
    ['/', '/'],
    ['/a%20b?x=1&y=%2F', '/a%20b?x=1&y=%2F'],
    ['/caf%C3%A9', '/caf%C3%A9'],
    ['/q%3Fr%23s', '/q%3Fr%23s'],
    ['/100%25', '/100%25'],
    ['/a%3Bb;c/%40@', '/a%3Bb;c/%40@'],
    ['/x/../a%3Bb//c?d', '/a;b/c?d'],
    ['/?a="><b>\\^`{|}', '/?a=%22%3E%3Cb%3E%5C%5E%60%7B%7C%7D'],
  ])('is redirected with redirectHttpToHttps: %s', async (path, to) => {
    const { port } = await serve([{ ...one, redirectHttpToHttps: true }]);
    const { status, head } = await askOver(await plain(port), `one.test:${port}`, path);
    expect(status).toBe(301);
    expect(head).toMatch(new RegExp(`^location: https://one\\.test:${port}`, 'im'));
    expect(/^location: https:\/\/[^/]+(.*)$/im.exec(head)?.[1]?.trim()).toBe(to);
    expect(await ask(port, { ca: ca.cert })).toMatchObject({ status: 200 });
  });

  test.each([
    ['allowNonSslOnSslPort', 200],
    ['redirectHttpToHttps', 301],
  ] as const)(
    'is no way to a vhost with TLS behind that does not allow it: %s',
    async (option, first) => {
      const { port, context } = await serve([
        { ...one, [option]: true },
        { ...two, serverSslCaMem: ca.cert, requireValidOpensslClientCert: true },
      ]);
      expect(await statusOf(askOver(await plain(port), 'one.test'))).toBe(first);
      expect(await statusOf(askOver(await plain(port), 'two.test'))).toBe(421);
      const upgrade = await plain(port);
      upgrade.write(
        'GET / HTTP/1.1\r\nHost: two.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
      );
      expect(await everything(upgrade)).toMatch(/^HTTP\/1\.1 421 /);
      expect(context.counters.refused.get('LWS_ERR_TLS_PLAIN')).toBe(2);
    },
  );

  test('a vhost with TLS behind may redirect or take it by options of its own', async () => {
    const { port } = await serve([
      { ...one, allowNonSslOnSslPort: true },
      { ...two, redirectHttpToHttps: true },
      { ...two, name: 'three.test', allowNonSslOnSslPort: true },
    ]);
    expect(await statusOf(askOver(await plain(port), 'two.test'))).toBe(301);
    expect(await statusOf(askOver(await plain(port), 'three.test'))).toBe(200);
  });

  test.each([
    ['EHLO one.test\r\n', 'cut'],
    ['SSH-2.0-x\r\n', 'cut'],
    ['GETX / HTTP/1.1\r\n\r\n', 'cut'],
    ['\x00\x01', 'cut'],
    ['OPTIONS /a HTTP/1.1\r\nHost: one.test\r\nConnection: close\r\n\r\n', '301'],
    ['GET  / HTTP/1.1\r\n\r\n', '400'],
  ])('a port that redirects takes no other protocol: %j', async (says, becomes) => {
    const { port, context } = await serve([{ ...one, redirectHttpToHttps: true }]);
    for (const size of [says.length, 1]) {
      const socket = await plain(port);
      socket.setNoDelay(true);
      const answer = everything(socket);
      for (let at = 0; at < says.length; at += size) {
        socket.write(says.slice(at, at + size), 'latin1');
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
      expect((await answer).split(' ')[1] ?? 'cut').toBe(becomes);
    }
    const refused = context.counters.refused.get('LWS_ERR_TLS_PLAIN');
    expect(refused).toBe(becomes === 'cut' ? 2 : undefined);
  });

  test('a redirect writes nothing into the answer that a peer put into its target', async () => {
    const { port } = await serve([{ ...one, redirectHttpToHttps: true }]);
    const { head } = await askOver(await plain(port), 'one.test', '/a%0d%0aset-cookie:%20b');
    expect(head).not.toMatch(/^set-cookie/im);
  });
});

describe('a deadline for the whole handshake', () => {
  test.each([
    ['says nothing', '', {}],
    ['sends half a ClientHello', '16030102000100', {}],
    ['sends half a ClientHello to a mixed port', '16030102000100', { allowNonSslOnSslPort: true }],
    ['says nothing to a mixed port', '', { redirectHttpToHttps: true }],
  ])('cuts a peer that %s', async (_name, hex, given) => {
    const clock = new VirtualClock(Date.now());
    const { port, context } = await serve([{ ...one, ...given, sslAcceptTimeoutSecs: 3 }], {
      clock,
    });
    const socket = await plain(port);
    const over = closeOf(socket);
    if (hex !== '') socket.write(Buffer.from(hex, 'hex'));
    await new Promise((resolve) => {
      setTimeout(resolve, 30);
    });
    await clock.advance(2900);
    expect(context.counters.rejected).toBe(0);
    await clock.advance(200);
    await over;
    expect(context.counters.refused.get('LWS_ERR_TIMEOUT')).toBe(1);
    expect(lines.join('\n')).toContain('ssl-accept');
  });

  test('is not moved by octets that trickle in', async () => {
    const clock = new VirtualClock(Date.now());
    const { port, context } = await serve([{ ...one, sslAcceptTimeoutSecs: 3 }], { clock });
    const socket = await plain(port);
    socket.write(Buffer.from('1603010200', 'hex'));
    for (let second = 0; second < 2; second++) {
      await clock.advance(1400);
      socket.write(Buffer.from('01', 'hex'));
    }
    expect(context.counters.rejected).toBe(0);
    await clock.advance(300);
    expect(context.counters.rejected).toBe(1);
  });

  test.each([
    ['one vhost', [one]],
    ['two vhosts', [one, two]],
  ])('is not waited for when the peer ends in the middle of it: %s', async (_name, vhosts) => {
    const { port, context } = await serve(vhosts);
    const socket = await plain(port);
    const over = closeOf(socket);
    socket.resume();
    socket.end(Buffer.from('1603010200', 'hex'));
    await over;
    await until('the count', () => context.counters.rejected > 0);
    expect(context.counters.rejected).toBe(1);
  });

  test('ends with the context at once', async () => {
    const { port, context } = await serve([one]);
    const socket = await plain(port);
    socket.write(Buffer.from('1603010200', 'hex'));
    await new Promise((resolve) => {
      setTimeout(resolve, 30);
    });
    const over = closeOf(socket);
    const { elapsedMs } = await context.close({ deadlineSecs: 10 });
    await over;
    expect(elapsedMs).toBeLessThan(1000);
  });
});

test('simultaneousSslRestriction lets one handshake wait for another, and in order', async () => {
  const { port } = await serve([one], { simultaneousSslRestriction: 1 });
  const first = await plain(port);
  first.write(Buffer.from('1603010200', 'hex'));
  await new Promise((resolve) => {
    setTimeout(resolve, 30);
  });
  let answered = false;
  const second = ask(port, { ca: ca.cert }).then((answer) => {
    answered = true;
    return answer;
  });
  await new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
  expect(answered).toBe(false);
  first.destroy();
  expect(await second).toMatchObject({ status: 200 });
  const many = Array.from({ length: 20 }, () => ask(port, { ca: ca.cert }));
  for (const answer of await Promise.all(many)) expect(answer.status).toBe(200);
});

test('without it one does not wait', async () => {
  const { port } = await serve([one]);
  const first = await plain(port);
  first.write(Buffer.from('1603010200', 'hex'));
  expect(await ask(port, { ca: ca.cert })).toMatchObject({ status: 200 });
  first.destroy();
});
