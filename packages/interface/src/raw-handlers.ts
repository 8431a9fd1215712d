/** The handlers of connections and descriptors that speak what the program says, and no protocol of lws-ts. */
import type { Done } from './ws-handlers.ts';
import type { Wsi, WsiView } from './wsi.ts';

/** What `writeable` of a raw connection sends with; valid during that call alone. */
export interface RawTx {
  /** Nothing more may be written in this call: it would throw. */
  readonly choked: boolean;
  /**
   * Bytes, or a string as UTF-8; they are free again on return. False: accepted, stop here and go on in the next
   * `writeable`. lws: lws_write
   *
   * @throws `LWS_ERR_TX_CHOKED` after a false, `LWS_ERR_TX_EXPIRED` outside `writeable`, `LWS_ERR_RAW_DATA` for
   *   what is neither bytes nor a string, or comes after `end`
   */
  write(data: Uint8Array | string): boolean;
  /** FIN behind what was written; what the peer sends is still heard. A second call does nothing. */
  end(): void;
}

/** A raw connection, or a descriptor that was adopted. lws: struct lws in raw mode */
export interface RawWsi<S, V = undefined> extends Wsi<S, V> {
  /** Bytes that were written and have not left the process. */
  readonly bufferedAmount: number;
  /** What a CONNECT request asked for, `host:port`; undefined where there was none. */
  readonly connectTarget: string | undefined;
  /**
   * A field of that CONNECT request; undefined where there is none.
   *
   * @throws `LWS_ERR_HEADERS_GONE` once `adopt` returned, and where there was no request
   */
  header(name: string): string | undefined;
}

/** Handlers of raw connections, as the group `raw`, and of files, as the group `rawFile`. */
export interface RawHandlers<S, V> {
  /** It is there; once, before any other. lws: RAW_ADOPT, RAW_ADOPT_FILE */
  adopt?(wsi: RawWsi<S, V>): Done;
  /** Bytes came, in the pieces they were read in; they are yours. lws: RAW_RX, RAW_RX_FILE */
  rx?(wsi: RawWsi<S, V>, data: Uint8Array): Done;
  /** The peer can take more. May come without having been asked for. lws: RAW_WRITEABLE, RAW_WRITEABLE_FILE */
  writeable?(wsi: RawWsi<S, V>, tx: RawTx): Done;
  /** The timer of `setTimerMs` is over. lws: TIMER */
  timer?(wsi: RawWsi<S, V>): Done;
  /**
   * The peer sends no more (FIN, end of file), and can go on reading until the program ends the connection.
   * Without this handler it ends as soon as no `writeable` is asked for.
   */
  peerEnded?(wsi: RawWsi<S, V>): Done;
  /** A child of this wsi is over; it is among `children` for this once more. lws: CHILD_CLOSING */
  childClosing?(wsi: RawWsi<S, V>, child: WsiView): Done;
  /** Over, once for each `adopt`. lws: RAW_CLOSE, RAW_CLOSE_FILE */
  close?(wsi: RawWsi<S, V>): Done;
}
