import type { AddressInfo } from 'node:net';
import { connect as connectPlain, createServer, type Server, type Socket } from 'node:net';
import { connect, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { SocketTransport } from '@lws-ts/core';
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
