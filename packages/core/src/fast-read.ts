/**
 * Sockets that read into one buffer for all of them, where Node.js can: it saves the memory that is otherwise
 * allocated for every read. For accepted sockets there is no documented way; this one is asked for, and looked
 * for before it is used.
 */
import { Socket } from 'node:net';
import { sharedReadBuffer } from './shared-read-buffer.ts';
import { highWaterMark } from './socket-transport.ts';

/** Not documented by Node.js: what a socket stands on. */
interface HandleOwner {
  _handle?: { readonly useUserBuffer?: unknown } | null;
}

/** Called by the socket with what it read. `this` is the socket. */
export type OnRead = (this: Socket, length: number, buffer: Uint8Array) => boolean;

/** Makes another socket of an accepted one that was not read from; undefined where Node.js cannot. */
export function fastReadSocket(accepted: Socket, onRead: OnRead): Socket | undefined {
  const owner = accepted as unknown as HandleOwner;
  const handle = owner._handle;
  if (typeof handle?.useUserBuffer !== 'function') return undefined;
  const options = {
    handle,
    allowHalfOpen: true,
    highWaterMark,
    manualStart: true,
    onread: { buffer: sharedReadBuffer(), callback: onRead },
  };
  // the accepted one is an empty shell from now on
  owner._handle = null;
  const socket = new Socket(options as ConstructorParameters<typeof Socket>[0]);
  accepted.destroy();
  return socket;
}
