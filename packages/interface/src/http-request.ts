/** A request without its syntax. Valid until the transaction completes. */
export interface HttpRequest {
  readonly method: string;
  readonly version: '1.0' | '1.1' | '2';
  /** Of the request line, as sent (RFC 9112 §3.2). */
  readonly target: string;
  /** Decoded once, no dot segments, no `//`; starts with `/`. `*` for OPTIONS of the server itself, `host:port` of CONNECT. */
  readonly path: string;
  /** As sent, without `?`; empty when absent. */
  readonly query: string;
  /** The host the request is for, lower case, without port; empty when HTTP/1.0 sent none. */
  readonly authority: string;
  readonly hasBody: boolean;
  readonly contentLength: number | undefined;
  /** First field of that lower-case name. */
  field(name: string): string | undefined;
  /** All fields of that lower-case name as one list (RFC 9110 §5.2). */
  list(name: string): string | undefined;
  /** All fields as received, names lower-cased. */
  each(visit: (name: string, value: string) => void): void;
}
