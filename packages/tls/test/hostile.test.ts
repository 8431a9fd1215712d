/** Peers that break the handshake: none of them ends anything but its own connection. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import { VirtualClock } from '@lws-ts/test-kit';
import { afterEach, describe, expect, test } from 'vitest';
import { captureLog } from '../../core/test/captured-log.ts';
import { Authority, serving } from './authority.ts';
import { ask, closeOf, closeServed, plain, serve, until } from './served.ts';

const ca = new Authority();
const lines = captureLog();
afterEach(closeServed);

const one = { name: 'one.test', ...serving(ca.issue(['one.test'])) };
const two = { name: 'two.test', ...serving(ca.issue(['two.test'])) };
const mixed = { ...one, allowNonSslOnSslPort: true };

/** What a real client sends first. */
async function realHello(): Promise<Buffer> {
  const { createServer } = await import('node:net');
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = connect({ port, host: '127.0.0.1', servername: 'one.test' });
  client.on('error', () => undefined);
  const [socket] = await once(server, 'connection');
  const [hello] = await once(socket, 'data');
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}

describe.each([
  ['one vhost', [one]],
  ['two vhosts', [one, two]],
  ['a mixed port', [mixed]],
])('%s', (_name, vhosts) => {
  test.each<[string, (hello: Buffer) => Buffer]>([
    ['junk', () => Buffer.alloc(2000, 0xa5)],
    ['a record of another type', () => Buffer.from(`1703030010${'00'.repeat(16)}`, 'hex')],
    ['an empty handshake record', () => Buffer.from('1603010000', 'hex')],
    [
      'a record that is too long',
      () => Buffer.concat([Buffer.from('160301ffff', 'hex'), Buffer.alloc(70_000)]),
    ],
    [
      'a server hello',
      (hello) => Buffer.concat([hello.subarray(0, 5), Buffer.from([2]), hello.subarray(6)]),
    ],
    [
      'a hello with a wrong length',
      (hello) => Buffer.concat([hello.subarray(0, 8), Buffer.from([0xff]), hello.subarray(9)]),
    ],
    ['TLS twice', (hello) => Buffer.concat([hello, hello])],
    ['an alert', () => Buffer.from('15030100020228', 'hex')],
    ['SSL 2', () => Buffer.from('802e0100020015001000100100800700c0', 'hex')],
  ])('%s, then silence or a reset: the next client is served', async (_what, make) => {
    const { port, context } = await serve(vhosts);
    const bytes = make(await realHello());
    for (const end of ['end', 'reset'] as const) {
      const socket = await plain(port);
      socket.resume();
      socket.write(bytes);
      await new Promise((resolve) => {
        setTimeout(resolve, 10);
      });
      if (end === 'end') socket.end();
      else socket.resetAndDestroy();
    }
    expect(await ask(port, { ca: ca.cert })).toMatchObject({ status: 200 });
    await until('the end of all', () => context.counters.wsi_alive === 0);
    expect(lines.filter((line) => line.startsWith('err'))).toEqual([]);
  });

  test('a reset after each octet count of a ClientHello', async () => {
    const { port, context } = await serve(vhosts);
    const hello = await realHello();
    for (let length = 0; length <= hello.length; length += 7) {
      const socket = await plain(port);
      if (length > 0)
        await new Promise((resolve) => socket.write(hello.subarray(0, length), resolve));
      if (length % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
    }
    expect(await ask(port, { ca: ca.cert })).toMatchObject({ status: 200 });
    await until('the end of all', () => context.counters.wsi_alive === 0);
    expect(lines.filter((line) => line.startsWith('err'))).toEqual([]);
  });

  test('a reset after the handshake, before and in a request', async () => {
    const { port, context } = await serve(vhosts);
    for (const sent of ['', 'GET / HTTP/1.1\r\nHo', 'GET / HTTP/1.1\r\nHost: one.test\r\n\r\n']) {
      const below = await plain(port);
      const socket = connect({ socket: below, servername: 'one.test', ca: ca.cert });
      socket.on('error', () => undefined);
      await once(socket, 'secureConnect');
      if (sent !== '') socket.write(sent);
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
      below.resetAndDestroy();
    }
    expect(await ask(port, { ca: ca.cert })).toMatchObject({ status: 200 });
    await until('the end of all', () => context.counters.wsi_alive === 0);
  });

  test('an end together with the end of the handshake is answered at once', async () => {
    const { port, context } = await serve(vhosts);
    for (let turn = 0; turn < 5; turn++) {
      const options = { port, host: '127.0.0.1', servername: 'one.test', ca: ca.cert };
      const socket = connect(options, () => socket.end());
      const over = closeOf(socket);
      socket.resume();
      const began = performance.now();
      await over;
      expect(performance.now() - began).toBeLessThan(2000);
    }
    expect(context.counters.rejected).toBe(0);
  });

  test('50 broken at once', async () => {
    const { port, context } = await serve(vhosts);
    const hello = await realHello();
    await Promise.all(
      Array.from({ length: 50 }, async (_, at) => {
        const socket = await plain(port);
        socket.write(hello.subarray(0, at * 5));
        socket.write(Buffer.alloc(at * 50, at));
        socket.resetAndDestroy();
      }),
    );
    expect(await ask(port, { ca: ca.cert })).toMatchObject({ status: 200 });
    await until('the end of all', () => context.counters.wsi_alive === 0);
  });

  test.each([
    ['the default', {}, 65_536, ''],
    ['sslAcceptMaxBytes', { sslAcceptMaxBytes: 20_000 }, 20_000, ''],
    // the server name may be behind the padding, and is waited for
    ['sslAcceptMaxBytes before a name', { sslAcceptMaxBytes: 10_000 }, 10_000, 'ffff0015fff0'],
  ])('a handshake has an end, within a second: %s', async (_what, given, most, extensions) => {
    const clock = new VirtualClock(Date.now());
    const { port, context } = await serve(
      vhosts.map((vhost) => ({ ...vhost, ...given })),
      { clock },
    );
    const [less, more] = [await plain(port), await plain(port)];
    // a ClientHello of 128,000 bytes, of which so much comes
    const send = (socket: Socket, bytes: number): void => {
      const wire = Buffer.alloc(bytes);
      for (let at = 0; at < bytes; at += 5 + 16_384) wire.write('1603014000', at, 'hex');
      wire.write('0101f400', 5, 'hex');
      wire.write(extensions, 47, 'hex');
      socket.write(wire);
    };
    send(less, most - 100);
    send(more, most + 100);
    const over = closeOf(more);
    await until('arrival', () => less.writableLength === 0 && more.writableLength === 0);
    await new Promise((resolve) => {
      setTimeout(resolve, 30);
    });
    await clock.advance(1100);
    await over;
    await clock.advance(1100);
    expect(less.destroyed).toBe(false);
    expect([...context.counters.refused]).toEqual([['LWS_ERR_TLS_HANDSHAKE_LIMIT', 1]]);
    expect(lines.join('\n')).toContain(`LWS_ERR_TLS_HANDSHAKE_LIMIT`);
    // those that are over are not counted any more
    expect(await ask(port, { ca: ca.cert })).toMatchObject({ status: 200 });
    less.destroy();
  });
});
