import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { ws } from '../ws-module.ts';
import { seenAsWebSocket } from './seen-as-web-socket.ts';
import { WebSocket as Base, type WebSocketContext } from './web-socket.ts';
import { webSocketVhost } from './web-socket-protocol.ts';

let context: Promise<WebSocketContext> | undefined;

/**
 * The WebSocket class of browsers over a context of its own, shared by all of the process, with HTTP and
 * WebSocket alone: for `wss:` take that of `lws-ts`. It keeps no process alive that has no socket.
 */
export class WebSocket extends Base {
  static {
    seenAsWebSocket(WebSocket);
  }

  protected static override contextOf(): Promise<WebSocketContext> {
    context ??= createContext({
      use: [http(), ws()],
      vhosts: [webSocketVhost],
    }) as Promise<WebSocketContext>;
    return context;
  }
}
