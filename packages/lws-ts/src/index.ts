export { fromWs, toWs, wsEvents } from '@lws-ts/adapters';
export {
  type CloseReport,
  type LogEmit,
  lwslDebug,
  lwslErr,
  lwslInfo,
  lwslNotice,
  lwslWarn,
  Ring,
  setLogLevel,
  type Vhost,
} from '@lws-ts/core';
export type { Mount } from '@lws-ts/http-mounts';
export { type AnyProtocol, LwsError, protocol, type WsTx, type WsWsi } from '@lws-ts/interface';
export { dumbIncrement } from '@lws-ts/protocols/dumb-increment';
export { lwsMirror } from '@lws-ts/protocols/lws-mirror';
export { lwsStatus } from '@lws-ts/protocols/lws-status';
export { createContext, type LwsContext, type LwsContextOptions } from './create-context.ts';
export { WebSocket } from './web-socket.ts';
