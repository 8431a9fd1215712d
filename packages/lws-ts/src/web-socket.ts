import {
  ContextWebSocket,
  seenAsWebSocket,
  type WebSocketContext,
  webSocketVhost,
} from '@lws-ts/ws/websocket';
import { createContext } from './create-context.ts';

let context: Promise<WebSocketContext> | undefined;

/**
 * The WebSocket class of browsers, over a context of its own that all of the process share. What is sent is
 * kept until the peer takes it, without a bound; `context.connect` has flow control.
 */
export class WebSocket extends ContextWebSocket {
  static {
    seenAsWebSocket(WebSocket);
  }

  protected static override contextOf(): Promise<WebSocketContext> {
    context ??= createContext({
      vhosts: [webSocketVhost],
    }) as Promise<WebSocketContext>;
    return context;
  }
}
