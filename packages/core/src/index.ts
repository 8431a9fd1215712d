export { type AddressList, readAddressList } from './address-list.ts';
export { atOnce, sessionOf } from './async-handler.ts';
export { readClientTarget } from './client-target.ts';
export {
  type ConnectedWsi,
  type ConnectOptions,
  type CoreConnectOptions,
  coreConnectRules,
} from './connect-options.ts';
export { ConnectionWsi } from './connection-wsi.ts';
export { Context } from './context.ts';
export type { ContextCounters } from './context-counters.ts';
export type { CloseReport } from './context-end.ts';
export type { ContextMemory } from './context-memory.ts';
export { createContext } from './create-context.ts';
export type { DiagnosticsEvent } from './diagnostics.ts';
export { DuplexTransport } from './duplex-transport.ts';
export { coreErrors } from './errors.ts';
export {
  type ExternalLoop,
  type ExternalLoopOptions,
  externalLoop,
  externalLoopRules,
} from './external-loop.ts';
export { FreeList } from './free-list.ts';
export {
  type LogEmit,
  log,
  logVisible,
  lwslDebug,
  lwslErr,
  lwslInfo,
  lwslNotice,
  lwslWarn,
  parseLogLevel,
  setLogLevel,
} from './log.ts';
export { nodeLoop } from './node-loop.ts';
export {
  type ContextOptions,
  type CoreContextOptions,
  type CoreVhostOptions,
  coreContextRules,
  coreVhostRules,
  type VhostOptions,
} from './options.ts';
export {
  LWS_POLLHUP,
  LWS_POLLIN,
  LWS_POLLOUT,
  type PollArgs,
  type PollFd,
  type PollObservers,
} from './poll-args.ts';
export { Backoff, type RetryPolicy } from './retry.ts';
export { Ring, RingTail } from './ring.ts';
export { showThrown } from './show-thrown.ts';
export { SocketTransport } from './socket-transport.ts';
export { holdProcess, systemClock } from './system-clock.ts';
export { Vhost } from './vhost.ts';
export { type CancelHandle, cancelService } from './wait-cancel.ts';
