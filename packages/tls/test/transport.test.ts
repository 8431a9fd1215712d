import type { AddressInfo } from 'node:net';
import { connect as connectPlain, createServer, type Server, type Socket } from 'node:net';
import { connect, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { SocketTransport } from '@lws-ts/core';
import { giveBack } from '@lws-ts/interface';
import { expect, test, vi } from 'vitest';
import { transportCompliance } from '../../core/test/transport-compliance.ts';
import { TlsTransport } from '../src/tls-transport.ts';
import { selfSigned } from './self-signed.ts';

const { key, cert } = selfSigned(['localhost']);
const servers: Server[] = [];

/** Two ends of a TLS connection, each over a socket of its own. */
async function tlsPair() {
  const secured: [TLSSocket, Socket, SocketTransport][] = [];
  const handshakes = createTlsServer({ key, cert });
  let raw: Socket | undefined;
  handshakes.on('secureConnection', (socket) =>
    secured.push([socket, raw as Socket, new SocketTransport(raw as Socket)]),
  );
  const server = createServer({ allowHalfOpen: true, highWaterMark: 1 }, (socket) => {
    raw = socket;
    handshakes.emit('connection', socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const plain = connectPlain({ port, host: '127.0.0.1', allowHalfOpen: true });
  const client = connect({ socket: plain, ca: cert, servername: 'localhost' });
  client.on('error', () => undefined);
  plain.on('error', () => undefined);
  while (secured.length === 0 || !client.authorized)
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  const [accepted, below, plainSide] = secured[0] as [TLSSocket, Socket, SocketTransport];
  return [
    new TlsTransport(accepted, below, plainSide),
    new TlsTransport(client, plain, new SocketTransport(plain)),
    accepted,
    below,
  ] as const;
}

transportCompliance('TLS', {
  pair: async () => {
    const [server, client] = await tlsPair();
    return [server, client];
  },
  cleanUp() {
    for (const server of servers.splice(0)) server.close();
  },
  abortLooksLike: 'reset',
  probesLater: true,
  floodBytes: 12 * 1024 * 1024,
});

test('memory of a write up to 4 KiB is free at once, of a longer one when the transport is drained', async () => {
  const [server, client] = await tlsPair();
  const came: Uint8Array[] = [];
  let drained = 0;
  const sink = { rx: () => undefined, peerEnded: () => undefined, closed: () => undefined };
  server.attach({ ...sink, drained: () => void drained++ });
  client.attach({ ...sink, rx: (bytes) => came.push(bytes), drained: () => undefined });
  client.read(true);
  const short = new Uint8Array(4096).fill(1);
  expect(server.write(short)).toBe(true);
  short.fill(9);
  const long = new Uint8Array(4097).fill(2);
  expect(server.write(long)).toBe(false);
  expect(server.bufferedBytes).toBeGreaterThan(0);
  await expect.poll(() => drained).toBe(1);
  long.fill(9);
  expect(server.write(new Uint8Array(65_536).fill(3))).toBe(false);
  const expected = Buffer.concat([
    Buffer.alloc(4096, 1),
    Buffer.alloc(4097, 2),
    Buffer.alloc(65_536, 3),
  ]);
  await expect.poll(() => Buffer.concat(came).length).toBe(expected.length);
  expect(Buffer.concat(came).equals(expected)).toBe(true);
  client.abort();
  server.abort();
  for (const one of servers.splice(0)) one.close();
});

test('abort while FIN is under way closes the socket', async () => {
  const [server, client, , below] = await tlsPair();
  const sink = { peerEnded: () => undefined, drained: () => undefined };
  const [rx, closed, over] = [vi.fn<() => void>(), vi.fn<() => void>(), vi.fn<() => void>()];
  server.attach({ ...sink, rx, closed });
  below.on('close', over);
  server.read(true);
  client.write(Buffer.from('hello'));
  await expect.poll(() => rx.mock.calls.length).toBe(1);
  server.end();
  await new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });
  server.abort();
  await expect.poll(() => over.mock.calls.length).toBe(1);
  expect(closed).toHaveBeenCalledOnce();
  client.abort();
  for (const one of servers.splice(0)) one.close();
});

test('of what is read nobody else has the memory, where it is all of it', async () => {
  const [server, client] = await tlsPair();
  const sink = { drained: () => undefined, peerEnded: () => undefined, closed: () => undefined };
  const came: Uint8Array[] = [];
  let bytes = 0;
  // Node.js 26 puts several reads into one piece of memory
  let shared = false;
  server.attach({ ...sink, rx: () => undefined });
  client.attach({
    ...sink,
    rx(chunk) {
      bytes += chunk.length;
      came.push(chunk);
      expect(client.readsAlone).toBe(true);
      shared ||= chunk.length < chunk.buffer.byteLength;
      if (came.length === 2) giveBack(chunk);
    },
  });
  client.read(true);
  for (let record = 1; record <= 3; record++) {
    server.write(new Uint8Array(16_384).fill(record));
    await expect.poll(() => bytes).toBe(record * 16_384);
  }
  const sizes = came.map((chunk) => chunk.length);
  expect(sizes).toEqual([16_384, shared ? 16_384 : 0, 16_384]);
  expect(came[2]?.every((byte) => byte === 3)).toBe(true);
  client.abort();
  server.abort();
  for (const one of servers.splice(0)) one.close();
});

test('what was decrypted and is taken at once makes no event; what waited comes first', async () => {
  const [server, client, accepted] = await tlsPair();
  let events = 0;
  const sink = { drained: () => undefined, peerEnded: () => undefined, closed: () => undefined };
  client.attach({ ...sink, rx: () => undefined });
  const most = 300_000;
  let next = 0;
  let wrong = 0;
  let calls = 0;
  server.attach({
    ...sink,
    rx(bytes) {
      for (const byte of bytes) if (byte !== next++ % 251) wrong++;
      calls++;
      if (calls % 3 !== 0) return;
      server.read(false);
      if (calls % 2 === 0) server.read(true);
      else setTimeout(() => server.read(true), calls % 4);
    },
  });
  server.read(true);
  accepted.on('data', () => events++);
  for (let sent = 0; sent < most; sent += 1000) {
    client.write(Uint8Array.from({ length: 1000 }, (_, at) => (sent + at) % 251));
    if (sent % 7000 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await expect.poll(() => next, { timeout: 5000 }).toBe(most);
  expect(wrong).toBe(0);
  expect(events).toBeLessThan(calls);
  client.abort();
  server.abort();
  for (const one of servers.splice(0)) one.close();
});

test('what is decrypted before a socket has told what waited comes behind it', async () => {
  const [server, client, accepted] = await tlsPair();
  const sink = { drained: () => undefined, peerEnded: () => undefined, closed: () => undefined };
  const came: string[] = [];
  client.attach({ ...sink, rx: () => undefined });
  server.attach({ ...sink, rx: (bytes) => came.push(Buffer.from(bytes).toString()) });
  server.read(true);
  server.read(false);
  accepted.push(Buffer.from('one'));
  server.read(true);
  accepted.push(Buffer.from('two'));
  await expect.poll(() => came.join()).toBe('one,two');
  client.abort();
  server.abort();
  for (const one of servers.splice(0)) one.close();
});
