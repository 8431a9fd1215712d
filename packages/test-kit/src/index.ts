export { type Adopter, connectRawPeer, type MemoryConnection } from './connect-raw-peer.ts';
export {
  type MemoryPairOptions,
  MemoryTransport,
  memoryTransportPair,
} from './memory-transport.ts';
export { RawPeer } from './raw-peer.ts';
export { settle, VirtualClock } from './virtual-clock.ts';
