/** The handlers of a connection that `context.connect` makes, whatever it speaks. */
import type { HttpClientHandlers } from './http-client-handlers.ts';
import type { LwsError } from './lws-error.ts';
import type { Done, Verdict, WsEvents, WsiHeaders, WsReceiving, WsWsi } from './ws-handlers.ts';
import type { Wsi } from './wsi.ts';

/**
 * A connection that `context.connect` makes, in the handlers that all of them have: of a WebSocket it is a
 * {@link WsWsi}, of an HTTP request a {@link HttpClientWsi}.
 */
export interface ClientWsi<S, V = undefined> extends Wsi<S, V>, WsiHeaders {
  /** As that of {@link HttpClientWsi}; absent of a WebSocket. */
  clientHttpBodyPending?(length?: number): void;
  /** Of an HTTP answer; absent of a WebSocket. */
  readonly status?: number;
}

/** What a protocol is asked and told of a connection on its way out, before it is established. */
export interface ClientAsked<S, V> {
  /** May the extension be offered? False leaves it out. lws: CLIENT_CONFIRM_EXTENSION_SUPPORTED */
  confirmExtensionSupported?(wsi: WsWsi<S, V>, name: string): Verdict;
  /** `add` puts a field into the request, before it is sent; of each hop anew. lws: CLIENT_APPEND_HANDSHAKE_HEADER */
  appendHandshakeHeader?(wsi: ClientWsi<S, V>, add: (name: string, value: string) => void): Done;
  /** The server agreed, or answered; its header fields can be read. False or -1 drops it. lws: CLIENT_FILTER_PRE_ESTABLISH */
  filterPreEstablish?(wsi: ClientWsi<S, V>): Verdict | Done;
  /** It came to nothing; neither `established` nor `closed` was or will be called. Once. lws: CLIENT_CONNECTION_ERROR */
  connectionError?(wsi: Wsi<S, V>, error: LwsError): Done;
  /** The timer of `setTimerMs` is over. lws: TIMER */
  timer?(wsi: ClientWsi<S, V>): Done;
}

/** Handlers of a connection that `context.connect` makes. */
export type ClientHandlers<S, V> = Omit<WsEvents<S, V>, 'timer'> &
  ClientAsked<S, V> &
  WsReceiving<S, V> &
  HttpClientHandlers<S, V>;
