/** The handlers of a WebSocket connection, of both sides, and what they are given. */
import type { Holdable, Wsi, WsiView } from './wsi.ts';

/** What a handler returns: nothing, or -1 to close the wsi as in lws. A promise does not fit. */
export type Done = void | undefined | -1;
/** What a handler that asks returns: false or -1 refuses. */
export type Verdict = boolean | -1;

/**
 * Header fields and target of a request: of the one a WebSocket came from until `established` returned, of an HTTP
 * one until its answer is complete. Then they throw `LWS_ERR_HEADERS_GONE`: copy what is needed later.
 */
export interface WsiHeaders {
  /** First field of that name, any case. Throws `LWS_ERR_HEADERS_GONE`. lws: lws_hdr_copy */
  header(name: string): string | undefined;
  /** All fields in order, names in lower case. Throws like {@link header}. lws: lws_hdr_custom_name_foreach */
  eachHeader(visit: (name: string, value: string) => void): void;
  /** The path, decoded. Throws like {@link header}. */
  readonly path: string;
  /** What stands behind `?`, as sent. Throws like {@link header}. */
  readonly query: string;
  /** One argument of the query, decoded; undefined when absent. Throws like {@link header}. lws: lws_get_urlarg_by_name */
  urlArg(name: string): string | undefined;
}

/** What `tx.binary` is told of a message. */
export interface BinaryFlags {
  /**
   * The program needs the bytes no more: from 16 KiB on (Node.js 20: 64 KiB) their `ArrayBuffer` is taken away, as `postMessage` does with
   * `transfer`, if they are all of it but for 14 bytes before them, as is a message that was received. Nothing is
   * copied then, and the memory goes back to the system when it is out. Default: false.
   */
  readonly transfer?: boolean;
}

/** What `tx.fragment` is told of a fragment. */
export interface FragmentFlags {
  /** Begins a message. */
  readonly first: boolean;
  /** Ends it. */
  readonly final: boolean;
  /** Of the message; read with `first`. Default: false, text. */
  readonly binary?: boolean;
}

/**
 * Sends on a WebSocket. Valid inside the `writeable` it was given to, else `LWS_ERR_TX_EXPIRED`.
 * Each method accepts all it is given; false says: accepted, now stop and wait for the next `writeable`.
 * Writing once more after false throws `LWS_ERR_TX_CHOKED`. lws: lws_write
 */
export interface WsTx {
  /** A write now would throw. lws: lws_send_pipe_choked */
  readonly choked: boolean;
  /** A whole text message. Lone surrogates become U+FFFD. */
  text(data: string): boolean;
  /** A whole binary message; the bytes are free again on return, or gone with `transfer`. */
  binary(data: Uint8Array, flags?: BinaryFlags): boolean;
  /** One frame of a message sent in pieces. A string in a binary message is sent as UTF-8. lws: LWS_WRITE_CONTINUATION, LWS_WRITE_NO_FIN */
  fragment(data: string | Uint8Array, flags: FragmentFlags): boolean;
  /** A whole message that was made by `prepare`, encoded once for all who get it. */
  prepared(message: PreparedMessage): boolean;
  /** A ping of at most 125 bytes. lws: LWS_WRITE_PING */
  ping(data?: Uint8Array): boolean;
}

/** A message for many receivers, made by `prepare` of `@lws-ts/ws`. */
export interface PreparedMessage {
  readonly binary: boolean;
  /** Of its payload. */
  readonly bytes: number;
}

/** One WebSocket connection. */
export interface WsWsi<S, V = undefined> extends Wsi<S, V>, WsiHeaders {
  /** In `receive`: the chunk begins a message. lws: lws_is_first_fragment */
  readonly isFirstFragment: boolean;
  /** In `receive`: the chunk ends a message. lws: lws_is_final_fragment */
  readonly isFinalFragment: boolean;
  /** In `receive`: bytes of the current frame that are still to come. lws: lws_remaining_packet_payload */
  readonly remainingPacketPayload: number;
  /** In `receive` and `message`: the message is binary. lws: lws_frame_is_binary */
  readonly isBinary: boolean;
  /** The RSV bits of the frame last begun, where they stand in its first byte: 0x40 is RSV1. lws: lws_get_reserved_bits */
  readonly reservedBits: number;
  /** Milliseconds between the last ping of `validPingSecs` that was answered and its pong; undefined before. */
  readonly rttMs: number | undefined;
  /** Bytes that were written and have not left the process, frame headers included: this turn's and the transport's. */
  readonly bufferedAmount: number;
  /**
   * Sets an option of an extension of this connection, by lws's names: `('permessage-deflate', 'rx_buf_size', '12')`.
   * False: the extension is not active, the option is unknown, or the value out of range. lws: lws_set_extension_option
   */
  setExtensionOption(extension: string, option: string, value: string): boolean;
}

/** Handlers that both sides of a WebSocket connection have. */
export interface WsEvents<S, V> {
  /** May the extension be used, which both sides could? False does without it. lws: CONFIRM_EXTENSION_OKAY */
  confirmExtensionOkay?(wsi: WsWsi<S, V>, name: string): Verdict;
  /** The handshake is done. Header fields are gone when it returns. lws: ESTABLISHED, CLIENT_ESTABLISHED */
  established?(wsi: WsWsi<S, V>): Done;
  /** The peer can take more. May come without having been asked for. lws: SERVER_WRITEABLE, CLIENT_WRITEABLE */
  writeable?(wsi: WsWsi<S, V>, tx: WsTx): Done;
  /** The timer of `setTimerMs` is over. lws: TIMER */
  timer?(wsi: WsWsi<S, V>): Done;
  /**
   * A ping: its pong is on its way, or waits for room. The bytes are valid during the call. Not in lws, which answers
   * pings and tells nobody.
   */
  receivePing?(wsi: WsWsi<S, V>, payload: Uint8Array): Done;
  /**
   * A pong, which answers a ping of the program or, without a payload, one of `validPingSecs`, or nothing; the bytes
   * are valid during the call. lws: RECEIVE_PONG, CLIENT_RECEIVE_PONG
   */
  receivePong?(wsi: WsWsi<S, V>, payload: Uint8Array): Done;
  /** The peer began to close: 1005 stands for no code. -1: do not answer its close frame. lws: WS_PEER_INITIATED_CLOSE */
  peerInitiatedClose?(wsi: WsWsi<S, V>, code: number, reason: string): Done;
  /** A child of this wsi is over; it is among `children` for this once more. lws: CHILD_CLOSING */
  childClosing?(wsi: WsWsi<S, V>, child: WsiView): Done;
  /** Over, once for each `established`: the peer's close code, else 1006 as RFC 6455 §7.1.5 has it. lws: CLOSED */
  closed?(wsi: WsWsi<S, V>, code: number, reason: string): Done;
}

/** A protocol takes whole messages, or chunks as they come: one or the other. */
export type WsReceiving<S, V> =
  | {
      /**
       * A whole message of at most `maxMessageSize` bytes: text as string, binary as bytes that are yours. They may
       * lie in an ArrayBuffer that other messages of the connection lie in too: copy them to transfer it.
       */
      message?(wsi: WsWsi<S, V>, data: string | Uint8Array): Done;
      receive?: never;
    }
  | {
      /** A chunk of at most `rxBufferSize` bytes, or the end of a frame; valid during the call. lws: RECEIVE, CLIENT_RECEIVE */
      receive?(wsi: WsWsi<S, V>, chunk: Uint8Array): Done;
      message?: never;
    };

/** What a protocol is asked of a connection that was accepted. */
export interface WsAsked<S, V> {
  /** May this connection speak the protocol? False refuses it with 403. lws: FILTER_PROTOCOL_CONNECTION */
  filterProtocolConnection?(wsi: WsWsi<S, V> & Holdable, name: string): Verdict;
}

/** Handlers of a WebSocket connection that was accepted. */
export type WsHandlers<S, V> = WsEvents<S, V> & WsAsked<S, V> & WsReceiving<S, V>;
