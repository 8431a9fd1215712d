/** The handlers of a protocol that answers HTTP requests, and what they are given. */
import type { CodedError } from './coded-error.ts';
import type { HttpFields } from './http-fields.ts';
import type { HttpRequest } from './http-request.ts';
import type { Done, Verdict, WsiHeaders } from './ws-handlers.ts';
import type { Holdable, Wsi } from './wsi.ts';

/** How a file is served that a program chose. */
export interface ServeFileOptions {
  /** A path below the one that is given, which is a directory then: whatever it says, nothing outside is served. */
  readonly below?: string;
  /** Its media type. Default: that of its suffix; a suffix without one is answered 404. */
  readonly type?: string;
  /** Sent with the file, beside its own fields. */
  readonly fields?: HttpFields;
}

/**
 * One request, on a connection that is bound to a protocol; the session lives as long as the binding. Its answer
 * is either one complete one, by `reply`, `redirect`, `returnHttpStatus` or `serveFile`, in any handler or while it
 * is held, or it is sent in `writeable`. When the answer is complete, or the peer gone, it is inert: calls do nothing.
 */
export interface HttpWsi<S, V = undefined> extends Wsi<S, V>, WsiHeaders, Holdable {
  /** In capitals. */
  readonly method: string;
  /** What of the path stands behind the mountpoint: empty, or with a slash at its begin. lws: in of HTTP */
  readonly pathInMount: string;
  /** A body of at least one byte is announced. */
  readonly hasBody: boolean;
  /** Of the body, in bytes; undefined when it was not announced. */
  readonly contentLength: number | undefined;
  /** The options that the mount has for its protocol. lws: pmo, HTTP_PMO */
  readonly pmo: Readonly<Record<string, string>>;
  /** An answer was begun, or given. */
  readonly answered: boolean;
  /** The whole answer, with at most 64 KiB of body. @throws `LWS_ERR_HTTP_ANSWERED`, `LWS_ERR_HTTP_REPLY_LIMIT` */
  reply(status: number, fields?: HttpFields, body?: Uint8Array | string): void;
  /** To another place, with 301, 302, 303, 307 or 308; a location is encoded where it has to be. lws: lws_http_redirect */
  redirect(status: number, location: string): void;
  /** A small page that says the status, and `body`, which is text. lws: lws_return_http_status */
  returnHttpStatus(status: number, body?: string): void;
  /** The page of the error's status, 500 where it has none; a log line and a counter say its code. An answer that was begun is cut. */
  refuse(error: CodedError): void;
  /**
   * So many bytes more, or less, of the request are kept by the program: they count for `maxInputBytesTotal` of the
   * context until the answer is complete. A `FormReader` that has the wsi does it.
   */
  holdsMore(bytes: number): void;
  /**
   * A file, with media type, conditions and ranges as a mount of files has them, the last two for GET and HEAD alone;
   * `fileCompletion` follows. lws: lws_serve_http_file
   */
  serveFile(path: string, options?: ServeFileOptions): void;
}

/**
 * Sends the answer to a request. Valid inside the `writeable` it was given to, else `LWS_ERR_TX_EXPIRED`.
 * False of `body` says: accepted, now stop and wait for the next `writeable`; a `body` more throws
 * `LWS_ERR_TX_CHOKED`. lws: lws_write
 */
export interface HttpTx {
  /** `body` now would throw. lws: lws_send_pipe_choked */
  readonly choked: boolean;
  /** Status and fields, once. Without `length`, in bytes, the body is chunked. lws: lws_add_http_common_headers */
  head(status: number, fields?: HttpFields, length?: number): void;
  /** A piece of the body; the bytes are free again on return. Asks for no `writeable` by itself. lws: LWS_WRITE_HTTP */
  body(data: Uint8Array | string): boolean;
  /** The body is complete; `body` may have returned false before. lws: LWS_WRITE_HTTP_FINAL, lws_http_transaction_completed */
  end(trailers?: HttpFields): void;
}

/** Rewrites one file while it is sent. */
export interface HtmlProcessor {
  /** What is sent in place of `piece`, which is valid during the call. `final`: nothing follows it. */
  process(piece: Uint8Array, final: boolean): Uint8Array | string;
}

/**
 * Handlers of HTTP requests that a mount `callback://name` gives to the protocol. The binding of a connection
 * begins with its first request in the area of the mount and ends with the first one outside it, an upgrade, or
 * the end of the connection. A request that nothing is left to answer is answered 404: a handler that has to wait
 * asks for `writeable`, sets a timer, or holds the wsi.
 */
export interface HttpHandlers<S, V> {
  /** A binding begins; the first request can be read. lws: HTTP_BIND_PROTOCOL */
  bindProtocol?(wsi: HttpWsi<S, V>): Done;
  /** The binding is over, once for each `bindProtocol`. lws: HTTP_DROP_PROTOCOL */
  dropProtocol?(wsi: HttpWsi<S, V>): Done;
  /**
   * May this request be, whatever it is for? Asked of the vhost's first protocol alone, before any mount, app or role. False
   * refuses it with 403, or with what was replied, and ends the connection. The session is there when the
   * connection is bound to this protocol. lws: FILTER_HTTP_CONNECTION
   */
  filterHttpConnection?(wsi: HttpWsi<S | undefined, V>): Verdict;
  /**
   * May the area be used? Asked of upgrades too, before `confirmUpgrade`, and there nothing can be held. False refuses
   * with 403, or with what was replied: 401 needs a challenge. lws: CHECK_ACCESS_RIGHTS
   */
  checkAccessRights?(wsi: HttpWsi<S, V>): Verdict;
  /** A request; its body, if it has one, is to come. lws: HTTP */
  request?(wsi: HttpWsi<S, V>): Done;
  /** A piece of the body, of at most 64 KiB; valid during the call. lws: HTTP_BODY */
  body?(wsi: HttpWsi<S, V>, chunk: Uint8Array): Done;
  /** The body is complete, one of no bytes too; with the fields that stood behind it. lws: HTTP_BODY_COMPLETION */
  bodyCompletion?(wsi: HttpWsi<S, V>, trailers: HttpFields): Done;
  /** The peer can take more. May come without having been asked for. lws: HTTP_WRITEABLE */
  writeable?(wsi: HttpWsi<S, V>, tx: HttpTx): Done;
  /** The file of `serveFile` was sent, or answered by a condition. lws: HTTP_FILE_COMPLETION */
  fileCompletion?(wsi: HttpWsi<S, V>): Done;
  /** `add` puts a field into the answer, whatever gives it. lws: ADD_HEADERS */
  addHeaders?(wsi: HttpWsi<S, V>, add: (name: string, value: string) => void): Done;
  /** May the connection become what `upgrade` names, in lower case? False refuses with 403; nothing can be held. lws: HTTP_CONFIRM_UPGRADE */
  confirmUpgrade?(wsi: HttpWsi<S, V>, upgrade: string): Verdict;
  /**
   * A file is about to be sent that a mount has the protocol interpret (`interpret` of it): gives what rewrites it, one
   * for each time. Undefined: it is sent as it is. lws: PROCESS_HTML
   */
  processHtml?(request: HttpRequest, vhostData: V): HtmlProcessor | undefined;
  /** The timer of `setTimerMs` is over, in a request or between two. lws: TIMER */
  timer?(wsi: HttpWsi<S, V>): Done;
  /** The connection is gone, before `dropProtocol`; the answer under way, if one was, did not get through. lws: CLOSED_HTTP */
  closed?(wsi: HttpWsi<S, V>): Done;
}
