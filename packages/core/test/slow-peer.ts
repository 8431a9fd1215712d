/** A SocketTransport over loopback whose peer reads nothing until it is told to. */
import { connect, createServer, type Socket } from 'node:net';
import { SocketTransport } from '../src/socket-transport.ts';

export interface SlowPeer {
  readonly transport: SocketTransport;
  /** The other end, paused. */
  readonly client: Socket;
  readonly close: () => void;
}

export async function openSlowPeer(): Promise<SlowPeer> {
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
  const close = (): void => {
    client.destroy();
    transport.abort();
    server.close();
  };
  return { transport, client, close };
}
