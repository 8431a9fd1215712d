export { CloseEvent } from './close-event.ts';
export { ErrorEvent } from './error-event.ts';
export { WebSocket } from './plain-web-socket.ts';
export { seenAsWebSocket } from './seen-as-web-socket.ts';
export {
  WebSocket as ContextWebSocket,
  type WebSocketContext,
  type WebSocketEventMap,
  type WebSocketOptions,
} from './web-socket.ts';
export { webSocketProtocol, webSocketVhost } from './web-socket-protocol.ts';
