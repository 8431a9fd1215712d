/** What a head may be at most. */
export interface HeadLimits {
  /** Longest request line in bytes, without its CR LF; over it 414. */
  readonly maxRequestLine: number;
  /** Largest head in bytes, line ends included, empty lines before it not; over it 431. lws: max_http_header_data */
  readonly maxHttpHeaderData: number;
  /** Most field lines; over it 431. */
  readonly maxHeaderFields: number;
}

/** The limits a vhost has when it says nothing else. */
export const defaultHeadLimits: HeadLimits = Object.freeze({
  maxRequestLine: 8192,
  maxHttpHeaderData: 16_384,
  maxHeaderFields: 100,
});
