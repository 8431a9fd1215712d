/** The handlers of an HTTP request that `context.connect` makes, and what they are given. */
import type { HttpFields } from './http-fields.ts';
import type { LwsError } from './lws-error.ts';
import type { Done, WsiHeaders } from './ws-handlers.ts';
import type { Wsi } from './wsi.ts';

/**
 * One request on its way out, and its answer. Path and query are those of the request, redirects followed; header
 * fields are those of the answer, from `filterPreEstablish` on until `completedHttp` or `closedHttp` returned.
 */
export interface HttpClientWsi<S, V = undefined> extends Wsi<S, V>, WsiHeaders {
  /** Of the request; a redirect may have made it GET. */
  readonly method: string;
  /** Of the answer; 0 before there is one. lws: lws_http_client_http_response */
  readonly status: number;
  /** What the answer's Content-Length says, in bytes; undefined when it has none. lws: rx_content_length */
  readonly contentLength: number | undefined;
  /**
   * In `appendHandshakeHeader`: the request has a body, which `httpWriteable` sends and ends. With `length`, in
   * bytes, it is announced; without, it is chunked. lws: lws_client_http_body_pending
   *
   * @throws `LWS_ERR_HTTP_BODY_LENGTH` for what is no length; `LWS_ERR_HTTP_CLIENT_BODY` anywhere else, or beside `requestBody`
   */
  clientHttpBodyPending(length?: number): void;
  /**
   * What is there of the answer's body, without the framing of chunks, at most `most` bytes of it (4096 by
   * default); empty when nothing waits. The bytes are the program's. In `receiveHttp`, or at any later time:
   * `receiveHttp` comes again in the turn after it left something, and when more came after it took all. lws: lws_http_client_read
   */
  httpClientRead(most?: number): Uint8Array;
}

/** Sends the body of a request. Valid inside the `httpWriteable` it was given to, as {@link HttpTx}. lws: lws_write */
export interface HttpClientTx {
  /** `body` now would throw. lws: lws_send_pipe_choked */
  readonly choked: boolean;
  /** A piece of the body; the bytes are free again on return. False: accepted, wait for the next `httpWriteable`. lws: LWS_WRITE_HTTP */
  body(data: Uint8Array | string): boolean;
  /** The body is complete. lws: lws_client_http_body_pending(wsi, 0) */
  end(trailers?: HttpFields): void;
}

/** Handlers of an HTTP connection that `context.connect` makes. */
export interface HttpClientHandlers<S, V> {
  /** The server answers, redirects followed: status and fields are there. lws: ESTABLISHED_CLIENT_HTTP */
  establishedHttp?(wsi: HttpClientWsi<S, V>): Done;
  /**
   * Some of the answer's body waits: read it by `httpClientRead` now, or when it can be used, such as in the
   * `writeable` of what it goes to. Nothing more is read from the server meanwhile. lws: RECEIVE_CLIENT_HTTP
   */
  receiveHttp?(wsi: HttpClientWsi<S, V>): Done;
  /**
   * A piece of the answer's body, valid during the call: as it comes where there is no `receiveHttp`, else what
   * `httpClientRead` is about to return. lws: RECEIVE_CLIENT_HTTP_READ
   */
  receiveHttpRead?(wsi: HttpClientWsi<S, V>, chunk: Uint8Array): Done;
  /** The answer is complete, with the fields that stood behind its body. lws: COMPLETED_CLIENT_HTTP */
  completedHttp?(wsi: HttpClientWsi<S, V>, trailers: HttpFields): Done;
  /** The server can take more of the request's body. May come without having been asked for. lws: CLIENT_HTTP_WRITEABLE */
  httpWriteable?(wsi: HttpClientWsi<S, V>, tx: HttpClientTx): Done;
  /** Over, once for each `establishedHttp`; with why, when the answer was not complete. lws: CLOSED_CLIENT_HTTP */
  closedHttp?(wsi: HttpClientWsi<S, V>, error: LwsError | undefined): Done;
}
