import { connect } from 'node:net';
import { settle } from '@lws-ts/test-kit';

/** Whether a connection to a port of this machine comes about; it is ended at once. */
export function connectTo(port: number, host = '127.0.0.1'): Promise<'connected' | 'refused'> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    socket.once('connect', () => {
      socket.destroy();
      resolve('connected');
    });
    socket.once('error', () => resolve('refused'));
  });
}

/** How many sockets this process listens on, once those that are being closed are closed. */
export async function countListeners(): Promise<number> {
  await settle();
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
}
