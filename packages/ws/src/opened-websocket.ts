import type { BoundProtocol, WsHandlers } from '@lws-ts/interface';
import type { AgreedExtension } from '@lws-ts/ws-framing';
import type { HandshakeHeaders } from './handshake-headers.ts';
import type { WebSocketWsi } from './ws-wsi.ts';

/** What a handshake ended with. */
export interface OpenedWebSocket {
  readonly side: 'server' | 'client';
  readonly protocol: BoundProtocol;
  /** The group of the protocol that this side speaks to. */
  readonly handlers: WsHandlers<unknown, unknown>;
  readonly wsi: WebSocketWsi;
  readonly headers: HandshakeHeaders;
  /** Agreed on with the peer. */
  readonly extension: AgreedExtension | undefined;
}
