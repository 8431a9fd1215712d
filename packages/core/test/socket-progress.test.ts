/** What a slow peer took of a large write is seen before it took all of it: progress is judged by it. */
import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { SocketTransport } from '../src/socket-transport.ts';

const large = 16 * 1024 * 1024;

test('bufferedBytes goes down while a large write is under way', async () => {
  let accept = (_socket: Socket): void => undefined;
  const accepted = new Promise<Socket>((resolve) => {
    accept = resolve;
  });
  const server = createServer({ highWaterMark: 1 }, (socket) => accept(socket));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  const client = connect({ port, host: '127.0.0.1' });
  client.pause();
  const transport = new SocketTransport(await accepted, 'tcp');
  transport.attach({ rx() {}, peerEnded() {}, drained() {}, closed() {} });
  try {
    expect(transport.write(new Uint8Array(large))).toBe(false);
    const before = transport.bufferedBytes;
    let taken = 0;
    await new Promise<void>((resolve) => {
      client.on('data', (chunk: Uint8Array) => {
        taken += chunk.length;
        if (taken < large / 2) return;
        client.pause();
        resolve();
      });
      client.resume();
    });
    expect(transport.bufferedBytes).toBeGreaterThan(0);
    expect(transport.bufferedBytes).toBeLessThan(before);
  } finally {
    client.destroy();
    transport.abort();
    server.close();
  }
});
