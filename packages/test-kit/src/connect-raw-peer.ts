import type { Transport } from '@lws-ts/interface';
import {
  type MemoryPairOptions,
  type MemoryTransport,
  memoryTransportPair,
} from './memory-transport.ts';
import { RawPeer } from './raw-peer.ts';
import { settle } from './virtual-clock.ts';

/** Anything that takes over a transport as if it had been accepted: a vhost of `@lws-ts/core`. */
export interface Adopter {
  adopt(transport: Transport): void;
}

/** A scripted peer and the side of its connection that the server has. */
export interface MemoryConnection {
  readonly peer: RawPeer;
  /** The server's side, for counting its writes. */
  readonly server: MemoryTransport;
}

/** Connects a scripted peer to a vhost in memory. */
export async function connectRawPeer(
  vhost: Adopter,
  options: MemoryPairOptions = {},
): Promise<MemoryConnection> {
  const [server, client] = memoryTransportPair(options);
  const peer = new RawPeer(client, options.listening);
  vhost.adopt(server);
  await settle();
  return { peer, server };
}
