export { adapters } from './adapters.ts';
export type { App, AppMount, AppsVhostOptions } from './apps.ts';
export { adapterErrors } from './errors.ts';
export { fromWs, type WsServer } from './from-ws.ts';
export { toWs, wsEvents } from './to-ws.ts';
export { WsLike, type WsLikeOptions, wsLikeRules } from './ws-like.ts';
