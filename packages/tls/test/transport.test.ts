import type { AddressInfo } from 'node:net';
import { connect as connectPlain, createServer, type Server, type Socket } from 'node:net';
import { connect, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { SocketTransport } from '@lws-ts/core';
import { giveBack } from '@lws-ts/interface';
import { expect, test } from 'vitest';
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
  ] as const;
}

transportCompliance('TLS', {
  pair: tlsPair,
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
