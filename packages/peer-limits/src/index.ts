export { peerLimitErrors } from './errors.ts';
export type { PeerLimitNotify, PeerLimitsOptions } from './options.ts';
export type { PeerStatus } from './peer-limiter.ts';
export { peerLimits, peersOf } from './peer-limits.ts';
