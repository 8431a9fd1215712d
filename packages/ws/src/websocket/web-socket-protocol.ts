/** The protocol through which the WebSocket class hears of its connections. */
import {
  type AnyProtocol,
  type CodedError,
  type Protocol,
  protocol,
  type WsTx,
  type WsWsi,
} from '@lws-ts/interface';

/** A socket of the class, as its connection sees it. */
export interface SocketSink {
  /** May the server choose that subprotocol, or none? */
  chosen(name: string | undefined): boolean;
  opened(wsi: WsWsi<unknown, unknown>): void;
  message(data: string | Uint8Array): void;
  writeable(tx: WsTx): void;
  /** The peer's close frame came. */
  peerCloses(): void;
  closed(code: number, reason: string): void;
  /** It was never open. */
  failed(error: CodedError): void;
}

export interface Session {
  socket: SocketSink | undefined;
}

export const protocolName = 'whatwg-websocket';

/** For the vhost that the class connects from. */
export const webSocketProtocol: Protocol<Record<never, never>> = protocol({
  name: protocolName,
  session: (): Session => ({ socket: undefined }),
  client: {
    filterPreEstablish: (wsi) =>
      wsi.session.socket?.chosen(wsi.header('sec-websocket-protocol')) ?? false,
    established: (wsi) => wsi.session.socket?.opened(wsi),
    message: (wsi, data) => wsi.session.socket?.message(data),
    writeable: (wsi, tx) => wsi.session.socket?.writeable(tx),
    peerInitiatedClose: (wsi) => wsi.session.socket?.peerCloses(),
    closed: (wsi, code, reason) => wsi.session.socket?.closed(code, reason),
    connectionError: (wsi, error) => wsi.session.socket?.failed(error),
  },
});

/**
 * The vhost that the class connects from: nothing that the standard lets a program send is too long to be kept, and
 * a message of up to 128 MiB is taken.
 */
export const webSocketVhost: {
  readonly name: string;
  readonly port: -1;
  readonly protocols: readonly AnyProtocol[];
  readonly maxOutputBytes: number;
  readonly maxMessageSize: number;
} = Object.freeze({
  name: 'websocket',
  port: -1,
  protocols: [webSocketProtocol],
  maxOutputBytes: 2 ** 30,
  maxMessageSize: 2 ** 27,
});
