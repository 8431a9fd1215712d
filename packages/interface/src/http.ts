import type { CodedError } from './coded-error.ts';
import type { HttpFields } from './http-fields.ts';
import type { HttpRequest } from './http-request.ts';
import type { RoleHost, RoleState } from './role-host.ts';

/** Request header fields that outlive their transaction, until `release`. */
export interface KeptHeaders {
  readonly request: HttpRequest;
  /** Gives the header table back; the request may not be read after it. */
  release(): void;
}

/** One transaction. Framing, HEAD, 204/304, keep-alive, Date and vhost fields are done below this line. */
export interface HttpExchange {
  readonly host: RoleHost;
  readonly request: HttpRequest;
  /** Who asks, one character a byte, once a responder has checked it: the user of the access log. */
  user: string | undefined;
  /**
   * Whole answer at once; body at most 64 KiB. `constant`: its bytes never change, so that more than 16 KiB of them
   * are not copied, and fewer, from 1 KiB on, once for all that are given with the same fields in a second.
   */
  reply(status: number, fields: HttpFields, body?: Uint8Array | string, constant?: boolean): void;
  /** Streamed answer; without `length` chunked, or closed after for 1.0. Then `body` in `writeable` only. */
  head(status: number, fields: HttpFields, length?: number): void;
  /**
   * False: accepted, and choked. Over the announced length throws LWS_ERR_HTTP_BODY_LENGTH.
   *
   * @param sent the bytes are free again: called once, within `body` when the piece and its framing are taken, or later;
   * never once the exchange is cut. It may call `requestWriteable` and `end`; a further `body` is for `writeable`.
   * @param constant the bytes never change, and many answers may have them: they are not copied, and free at once
   */
  body(bytes: Uint8Array, sent?: () => void, constant?: boolean): boolean;
  end(trailers?: HttpFields): void;
  /** The peer must not take the body for complete. */
  abort(error: CodedError): void;
  /** Asks for `writeable` of the answer. */
  requestWriteable(): void;
  /** Request body flow; unread bodies are drained (64 KiB, 1 s) or the connection closes. */
  readBody(sink: HttpBodySink): void;
  rxFlow(on: boolean): void;
  /** What the connection keeps of a request before this one. */
  readonly binding: HttpBinding | undefined;
  /**
   * Keeps `binding` for the further requests of the connection; another one that it had is over at once. To be
   * called for each request that it is for, while the responder is asked: else it is over.
   */
  bind(binding: HttpBinding): void;
  /** For an upgrade: the header table goes to the new role with it. */
  keepHeaders(): KeptHeaders;
}

/** What a responder keeps of a connection from one request to the next. */
export interface HttpBinding {
  /** The program's timer fired. */
  timer(): void;
  /** Over, exactly once: by a request that is not for it, by an upgrade, or with the connection. @param closed the last of these */
  gone(closed: boolean): void;
}

/** Where the body of a request goes. */
export interface HttpBodySink {
  /** Valid during the call. */
  chunk(bytes: Uint8Array): void;
  complete(trailers: HttpFields): void;
}

/** What a URL area has in place of what its vhost says. */
export interface RequestLimits {
  /** Largest body of a request to it, in bytes. */
  readonly maxHttpBodySize: number | undefined;
  /** How long the connection may be idle after a request to it, in seconds. */
  readonly keepaliveTimeout: number | undefined;
}

/** Asked in `use` order; the first that returns an answer owns the exchange until it ends. */
export interface HttpResponder {
  readonly name: string;
  /** The limits of the URL area that a request is for, where they are not those of its vhost; before {@link respond}. */
  limits?(exchange: HttpExchange): RequestLimits | undefined;
  /** Whether a request may be at all: asked of every responder before any of them is asked to respond. Undefined: it may. */
  filter?(exchange: HttpExchange): HttpAnswer | UpgradeAnswer | undefined;
  /** Which URL area this path is in, if any; called for every request, upgrades too. */
  respond(exchange: HttpExchange): HttpAnswer | UpgradeAnswer | undefined;
}

/** What a responder answers an exchange by, until {@link HttpAnswer.done}. */
export interface HttpAnswer {
  readonly kind: 'answer';
  /** May be spurious where there is a binding. */
  writeable(exchange: HttpExchange): void;
  /** The connection is told to end, after this answer: one without an end has to end. */
  closing?(): void;
  /** Complete, cut or peer gone, once: release descriptors, children and upstreams here. */
  done(error: CodedError | undefined): void;
}

/** `take`: http steps aside, the new role writes the 101 itself. `refuse`: http answers and closes. */
export type UpgradeAnswer =
  | { readonly kind: 'take'; start(host: RoleHost): RoleState }
  | {
      readonly kind: 'refuse';
      readonly status: number;
      readonly fields: HttpFields;
      readonly error: CodedError;
      readonly detail?: string;
    };
