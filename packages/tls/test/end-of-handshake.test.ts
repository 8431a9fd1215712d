/** What may happen in the call that says that a handshake came off, while OpenSSL is still at work below it. */
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect as connectPlain, createServer, type Socket } from 'node:net';
import { connect, type SecureVersion, Server } from 'node:tls';
import { SocketTransport } from '@lws-ts/core';
import type { Clock, Secured, Securing, Transport } from '@lws-ts/interface';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { clientHandshake } from '../src/client-handshake.ts';
import { HandshakeBytes } from '../src/handshake-bytes.ts';
import { makeContext } from '../src/secure-contexts.ts';
import { SecureServer } from '../src/secure-server.ts';
import { selfSigned } from './self-signed.ts';
import { until } from './served.ts';

const pair = selfSigned(['localhost']);
const times = 20;
const still = { now: () => 0, wakeAt: () => () => undefined } as unknown as Clock;
const bytes = new HandshakeBytes(still);
const owner = {
  judge: () => undefined,
  vhostName: 'localhost',
  refused: () => undefined,
  broke: () => undefined,
};
const sockets: Socket[] = [];
let listening: ReturnType<typeof createServer> | undefined;

afterEach(async () => {
  vi.restoreAllMocks();
  for (const socket of sockets.splice(0)) socket.destroy();
  const server = listening;
  listening = undefined;
  if (server !== undefined) await new Promise((resolve) => server.close(resolve));
});

/** Calls `done` in the call that ends a handshake. */
type Done = (transport: Transport, securing: () => Securing | undefined) => void;

async function serve(maxVersion: SecureVersion, done: Done): Promise<number> {
  const server = new SecureServer({ ...pair, maxVersion }, owner, bytes, 65_536);
  listening = createServer({ allowHalfOpen: true }, (raw) => {
    sockets.push(raw);
    const securing: Securing = server.start(new SocketTransport(raw), '', (result) => {
      if (!('code' in result)) done(result, () => securing);
    });
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return (listening.address() as AddressInfo).port;
}

/** Told each end once. */
function counted(transport: Transport, closed: () => void, rx?: (given: Uint8Array) => void): void {
  transport.attach({
    rx: (given) => rx?.(given),
    peerEnded: () => transport.end(),
    drained: () => undefined,
    closed,
  });
  transport.read(true);
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('of a server, %s', (version) => {
  const ends: [string, (transport: Transport, securing: () => Securing | undefined) => void][] = [
    ['reset', (transport) => transport.abort()],
    ['ended, and reset', (transport) => [transport.end(), transport.abort()]],
    [
      'written to, and reset',
      (transport) => [transport.write(new Uint8Array(65_536)), transport.abort()],
    ],
    ['written to, and ended', (transport) => [transport.write(new Uint8Array(9)), transport.end()]],
    ['given up', (_transport, securing) => securing()?.cancel()],
  ];
  test.each(ends)('the connection is %s', async (_name, end) => {
    let secured = 0;
    let closed = 0;
    const port = await serve(version, (transport, securing) => {
      secured++;
      counted(transport, () => closed++);
      end(transport, securing);
    });
    let gone = 0;
    for (let at = 0; at < times; at++) {
      const client = connect({ port, host: '127.0.0.1', ca: pair.cert, servername: 'localhost' });
      sockets.push(client);
      client.on('error', () => undefined);
      client.on('secureConnect', () => client.write('more'));
      client.on('end', () => client.end());
      client.on('close', () => gone++);
      client.resume();
    }
    await until('all are gone', () => gone === times);
    await until('all are told', () => closed === secured);
    expect(secured).toBe(times);
  });
});

test('of a server: what came with the end of a handshake is there before anything else happens', async () => {
  const order: string[] = [];
  vi.spyOn(Server.prototype, 'emit').mockImplementation(function (this: Server, event, ...given) {
    if ((event as string) === 'secureConnection') setImmediate(() => order.push('later'));
    return EventEmitter.prototype.emit.call(this, event, ...given);
  });
  const port = await serve('TLSv1.3', (transport) =>
    counted(
      transport,
      () => undefined,
      (given) => order.push(String.fromCharCode(...given)),
    ),
  );
  const client = connect({ port, host: '127.0.0.1', ca: pair.cert, servername: 'localhost' });
  sockets.push(client);
  client.on('error', () => undefined);
  client.on('secureConnect', () => client.write('hello'));
  await until('both', () => order.length === 2);
  expect(order).toEqual(['hello', 'later']);
});

describe('of a client', () => {
  const context = makeContext({ ca: pair.cert }, 'localhost');
  const supply = { context, cas: [pair.cert], revokes: false };

  async function secured(port: number, serverName: string, done: Secured): Promise<Socket> {
    const raw = connectPlain(port, '127.0.0.1');
    sockets.push(raw);
    await once(raw, 'connect');
    clientHandshake(new SocketTransport(raw), serverName, supply, {}, done);
    return raw;
  }

  test.each([
    ['reset', 'localhost', (transport: Transport) => transport.abort()],
    ['ended', 'localhost', (transport: Transport) => transport.end()],
    ['refused for its name', 'other.test', () => undefined],
  ])('the connection is %s', async (_name, serverName, end) => {
    const port = await serve('TLSv1.3', (transport) => counted(transport, () => undefined));
    let told = 0;
    const clients: Socket[] = [];
    for (let at = 0; at < times; at++) {
      const done: Secured = (result) => {
        told++;
        if ('code' in result) return;
        counted(result, () => undefined);
        end(result);
      };
      clients.push(await secured(port, serverName, done));
    }
    await until('all are gone', () => clients.every((one) => one.destroyed));
    expect(told).toBe(times);
  });

  test('what it writes at once leaves with the end of its handshake', async () => {
    let came = '';
    const order: string[] = [];
    const port = await serve('TLSv1.3', (transport) => {
      order.push('secured');
      setImmediate(() => order.push('later'));
      counted(
        transport,
        () => undefined,
        (given) => {
          came += String.fromCharCode(...given);
          order.push('request');
        },
      );
    });
    await secured(port, 'localhost', (result) => (result as Transport).write(Buffer.from('GET')));
    await until('both', () => order.length === 3);
    expect(came).toBe('GET');
    expect(order).toEqual(['secured', 'request', 'later']);
  });
});

test('a socket whose peer ended before makes no handshake', async () => {
  const server = new SecureServer(pair, owner, bytes, 65_536);
  let settled: (result: unknown) => void = () => undefined;
  const result = new Promise((resolve) => {
    settled = resolve;
  });
  const accepting = createServer({ allowHalfOpen: true }, (raw) => {
    sockets.push(raw);
    const transport = new SocketTransport(raw);
    transport.attach({
      rx: () => undefined,
      peerEnded: () => {
        setImmediate(() => server.start(transport, '', settled));
      },
      drained: () => undefined,
      closed: () => undefined,
    });
    transport.read(true);
  });
  listening = accepting;
  accepting.listen(0, '127.0.0.1');
  await once(accepting, 'listening');
  const client = connectPlain((accepting.address() as AddressInfo).port, '127.0.0.1');
  sockets.push(client);
  client.end();
  expect(await result).toMatchObject({ code: 'LWS_ERR_TLS_HANDSHAKE' });
  expect(sockets[1]?.destroyed).toBe(true);
});
