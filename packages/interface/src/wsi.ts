import type { PeerAddress, SecurityInfo } from './transport.ts';

/** Why a connection has a deadline. lws: enum pending_timeout */
export type TimeoutReason =
  | 'establish-with-server'
  | 'ssl-accept'
  | 'http-head'
  | 'http-content'
  | 'http-answer'
  | 'http-keepalive-idle'
  | 'holding-ah'
  | 'close-send'
  | 'close-ack'
  | 'shutdown-flush'
  | 'linger'
  | 'ws-stalled'
  | 'raw-idle'
  | 'raw-flush'
  | 'validity'
  | 'connect'
  | 'proxy'
  | 'client-handshake'
  | 'server-response'
  | 'cgi'
  | `user-${number}`;

/** How a held connection goes on. Each is false when the connection is gone meanwhile, or was answered before. */
export interface Held {
  accept(): boolean;
  /** @param status the HTTP status of the refusal, 400 to 599 */
  refuse(status: number): boolean;
}

/** The vhost of a wsi, as its protocol sees it. */
export interface WsiVhost {
  readonly name: string;
  readonly port: number;
}

/** One connection. After `closed` it is inert: reads give the last state, calls do nothing. lws: struct lws */
export interface WsiView {
  /** Unique within the context, counting from 1. */
  readonly id: number;
  readonly vhost: WsiVhost;
  readonly peer: PeerAddress;
  readonly security: SecurityInfo | undefined;
  /** The name of the protocol it is bound to; empty before. lws: lws_get_protocol */
  readonly protocol: string;
  /** False from the moment the end began. */
  readonly open: boolean;
  /** The deadline that ended it, if one did. */
  readonly timeoutReason: TimeoutReason | undefined;
}

/** What every wsi of a protocol can do. `S`: its session; `V`: the vhost's data of its protocol, where that has some. */
export interface Wsi<S, V = undefined> extends WsiView {
  /** Made for this connection by the protocol's `session`. lws: per-session data, pss */
  readonly session: S;
  /** Made for this vhost by the protocol's `vhostData`. lws: vhd */
  readonly vhostData: V;
  /** The wsi it was given as `parentWsi`; undefined for none. lws: lws_get_parent */
  readonly parent: WsiView | undefined;
  /** Those that were given this one and are not over, in the order they came; they end before it does. lws: lws_get_child */
  readonly children: readonly WsiView[];
  /** Asks for one `writeable` as soon as the peer can take more. lws: lws_callback_on_writable */
  requestWriteable(): void;
  /** The same for every wsi of this protocol on this vhost. lws: lws_callback_on_writable_all_protocol_vhost */
  requestWriteableAll(): void;
  /** False stops delivery at once; what has arrived waits, in order. lws: lws_rx_flow_control */
  rxFlowControl(on: boolean): void;
  /** Calls `timer` once in `ms` milliseconds; negative cancels; a later call replaces. lws: lws_set_timer_usecs */
  setTimerMs(ms: number): void;
  /** Cuts the connection in `secs` seconds unless called again; 0 cancels. lws: lws_set_timeout */
  setTimeout(reason: `user-${number}`, secs: number): void;
  /** The polite end. WebSocket: a close frame with `code` and `reason`. lws: lws_close_reason and -1 */
  close(code?: number, reason?: string): void;
  /** The other end: reset, nothing more is sent. */
  abort(): void;
}

/** What a handler that may refuse can do besides. */
export interface Holdable {
  /**
   * Answers later: the handler's own result is ignored then, `accept` or `refuse` decides.
   * Under the vhost's `holdTimeoutSecs`; over it the connection is refused with 503.
   */
  hold(): Held;
}
