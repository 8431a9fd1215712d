export { CommandRun, type RunCommand } from './command-run.ts';
export { type Adopter, connectRawPeer, type MemoryConnection } from './connect-raw-peer.ts';
export {
  type MemoryPairOptions,
  MemoryTransport,
  memoryTransportPair,
} from './memory-transport.ts';
export { type DrivenLoop, type HostPollFd, PollHost } from './poll-host.ts';
export { RawPeer } from './raw-peer.ts';
export { addSpuriousWriteables } from './spurious-writeables.ts';
export { settle, VirtualClock } from './virtual-clock.ts';
export {
  acceptOfRequest,
  clientClose,
  clientFrame,
  type HeardFrame,
  readServerFrames,
  upgradeRequest,
} from './ws-frames.ts';
export { connectWsPeer, WsRawPeer } from './ws-raw-peer.ts';
