/** A connection that is cut while its FIN is under way. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { SocketTransport } from '@lws-ts/core';
import { expect, test, vi } from 'vitest';

test('abort in the same turn as end is told as closed', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const peer = connect((server.address() as AddressInfo).port, '127.0.0.1');
  peer.on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const transport = new SocketTransport(socket);
  const closed = vi.fn<() => void>();
  transport.attach({
    rx: () => undefined,
    peerEnded: () => undefined,
    drained: () => undefined,
    closed,
  });
  transport.end();
  await new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });
  transport.abort();
  await vi.waitUntil(() => closed.mock.calls.length > 0, { timeout: 2000 });
  expect(closed).toHaveBeenCalledOnce();
  peer.destroy();
  server.close();
});
