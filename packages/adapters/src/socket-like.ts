import { EventEmitter } from 'node:events';
import type { PeerAddress } from '@lws-ts/interface';

/** As much of a socket as libraries look at that are given a `WebSocket` of `ws`. */
export class SocketLike extends EventEmitter {
  readonly _writableState = { finished: false };
  readonly remoteAddress: string;
  readonly remotePort: number;

  constructor({ address, port }: PeerAddress) {
    super();
    this.remoteAddress = address;
    this.remotePort = port;
  }

  /** Nothing is written any more: who waits for that, as a stream does that is ended, waits no longer. */
  finish(): void {
    this._writableState.finished = true;
    this.emit('finish');
  }
}
