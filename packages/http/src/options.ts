import { interfaceErrors, isRecord, LwsError, type OptionRules } from '@lws-ts/interface';
import type { AccessLogSink } from './access-log.ts';
import {
  checkErrorDocuments,
  type ErrorDocument,
  type ErrorPageContent,
} from './error-documents.ts';
import { defaultHeadLimits, type HeadLimits, writeFields } from './framing/index.ts';
import { fieldsLength } from './framing/write-head.ts';

/** Vhost options that `http()` brings. */
export interface HttpOptions extends Partial<HeadLimits> {
  /**
   * Longest request line in bytes, 64 to 1 MiB; a longer one is answered 414 and closed. Limits of heads are
   * those of the vhost that a connection arrives at: they are needed before Host can choose another.
   *
   * @defaultValue 8192
   */
  readonly maxRequestLine?: number;
  /**
   * Largest request head in bytes, 256 to 1 MiB: request line and fields together. A larger one is answered
   * 431 and closed. lws: max_http_header_data
   *
   * @defaultValue 16384
   */
  readonly maxHttpHeaderData?: number;
  /**
   * Most fields of a request, 1 to 10,000; more are answered 431 and closed.
   *
   * @defaultValue 100
   */
  readonly maxHeaderFields?: number;
  /**
   * Header tables at a time, 1 to 65,536: requests whose head has begun and whose answer is not complete.
   * When all are in use the oldest request that takes its time goes on with a copy of its head, or the head that moved
   * least recently waits for the rest in one, see `maxHttpHeaderCopies`. Where there is none, a connection that needs
   * a table waits without reading, and is answered 503 when `timeoutSecs` end first. lws: max_http_header_pool
   *
   * @defaultValue 256
   */
  readonly maxHttpHeaderPool?: number;
  /**
   * What copies of heads may take together, in bytes, 0 to 1 GiB, 1 KiB for each of them counted in: of requests
   * whose header table others needed, and of heads that are not complete. Over it, and at 0, requests keep their tables,
   * who begins waits, and heads that stand still are given up for it, see `timeoutSecsAhIdle`.
   *
   * @defaultValue 16777216
   */
  readonly maxHttpHeaderCopies?: number;
  /**
   * Largest request body in bytes, 0 to 2^53 - 1; a larger one is answered 413 and closed.
   *
   * @defaultValue 1048576
   */
  readonly maxHttpBodySize?: number;
  /**
   * From accept, later from the first byte, to a complete head, in seconds, 0.1 to 3600. Over it 408 and
   * closed; without a word when not a byte of a head came. lws: timeout_secs
   *
   * @defaultValue 10
   */
  readonly timeoutSecs?: number;
  /**
   * How long an unfinished head may make no progress, in seconds, 0.1 to 3600; then its header table is taken
   * back: 408 and closed. When others wait for a table and no more can be copied it is 250 ms, or 2 s since it began.
   * lws: timeout_secs_ah_idle
   *
   * @defaultValue 10
   */
  readonly timeoutSecsAhIdle?: number;
  /**
   * How long whoever took a request may leave it without the head of an answer, in seconds, 0.1 to 86,400: from the
   * request's head, or from what came last of a body that it reads. Over it 503 and closed. A hold has
   * `holdTimeoutSecs` in its place. lws: PENDING_TIMEOUT_HTTP_CONTENT
   *
   * @defaultValue 60
   */
  readonly answerTimeoutSecs?: number;
  /**
   * How long a connection may be idle between requests, in seconds, 0.1 to 3600; then it is closed.
   * lws: keepalive_timeout
   *
   * @defaultValue 5
   */
  readonly keepaliveTimeout?: number;
  /**
   * Requests served on one connection, 1 to 2^31 - 1; the last answer says `Connection: close`.
   *
   * @defaultValue 1000
   */
  readonly maxRequestsPerConnection?: number;
  /** Fields added to every answer, by name; 16 KiB at most in all. lws: headers @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Fields for pages that need nothing from elsewhere: a Content-Security-Policy that allows the own server only,
   * nosniff, no framing, no Referrer. `headers` and answers win. lws: LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE
   *
   * @defaultValue false
   */
  readonly securityHeaders?: boolean;
  /** Strict-Transport-Security (RFC 6797) in answers over TLS, subdomains included. lws: LWS_SERVER_OPTION_STS @defaultValue false */
  readonly sts?: boolean;
  /** Its max-age in seconds, 0 to 2^31 - 1. @defaultValue 15768000 */
  readonly stsMaxAgeSecs?: number;
  /**
   * Where a line for each request goes, in Apache's combined format with UTC times: the path of a file, which is
   * made with mode 0600, or a function. lws: log_filepath
   *
   * @defaultValue none
   * @throws `LWS_ERR_HTTP_ACCESS_LOG` when the file cannot be opened
   */
  readonly accessLog?: string | AccessLogSink;
  /**
   * Pages for errors by status, 400 to 599: the path of a .html, .txt or .json file, or `{ type, body }`; 32 KiB at
   * most each. They are read when the vhost is made and stand for what http and mounts would say; what a
   * program answers itself stays. lws: error_document_404
   *
   * @defaultValue none
   */
  readonly errorDocuments?: Readonly<Record<number, ErrorDocument>>;
  /** The value of a Server field in every answer, 256 characters at most. lws: server_string @defaultValue no such field */
  readonly serverString?: string;
}

/** {@link HttpOptions} as they are kept: all there, `headers` as fields. */
export interface ResolvedHttpOptions extends HeadLimits {
  readonly maxHttpHeaderPool: number;
  readonly maxHttpHeaderCopies: number;
  readonly maxHttpBodySize: number;
  readonly timeoutSecs: number;
  readonly timeoutSecsAhIdle: number;
  readonly answerTimeoutSecs: number;
  readonly keepaliveTimeout: number;
  readonly maxRequestsPerConnection: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly serverString: string | undefined;
  readonly securityHeaders: boolean;
  readonly sts: boolean;
  readonly stsMaxAgeSecs: number;
  readonly accessLog: string | AccessLogSink | undefined;
  readonly errorDocuments: ReadonlyMap<number, ErrorPageContent> | undefined;
}

const secs = (
  fallback: number,
  max = 3600,
): { kind: 'number'; fallback: number; min: number; max: number } => ({
  kind: 'number',
  fallback,
  min: 0.1,
  max,
});

/** How each of {@link HttpOptions} is read. */
export const httpOptionRules: OptionRules<HttpOptions> = {
  maxRequestLine: {
    kind: 'integer',
    fallback: defaultHeadLimits.maxRequestLine,
    min: 64,
    max: 1_048_576,
  },
  maxHttpHeaderData: {
    kind: 'integer',
    fallback: defaultHeadLimits.maxHttpHeaderData,
    min: 256,
    max: 1_048_576,
  },
  maxHeaderFields: {
    kind: 'integer',
    fallback: defaultHeadLimits.maxHeaderFields,
    min: 1,
    max: 10_000,
  },
  maxHttpHeaderPool: { kind: 'integer', fallback: 256, min: 1, max: 65_536 },
  maxHttpHeaderCopies: { kind: 'integer', fallback: 16_777_216, min: 0, max: 1_073_741_824 },
  maxHttpBodySize: { kind: 'integer', fallback: 1_048_576, min: 0, max: Number.MAX_SAFE_INTEGER },
  timeoutSecs: secs(10),
  timeoutSecsAhIdle: secs(10),
  answerTimeoutSecs: secs(60, 86_400),
  keepaliveTimeout: secs(5),
  maxRequestsPerConnection: { kind: 'integer', fallback: 1000, min: 1, max: 2_147_483_647 },
  headers: { kind: 'custom', fallback: Object.freeze([]), check: checkHeaders },
  securityHeaders: { kind: 'boolean', fallback: false },
  sts: { kind: 'boolean', fallback: false },
  stsMaxAgeSecs: { kind: 'integer', fallback: 15_768_000, min: 0, max: 2_147_483_647 },
  errorDocuments: { kind: 'custom', fallback: undefined, check: checkErrorDocuments },
  accessLog: { kind: 'custom', fallback: undefined, check: checkAccessLog },
  serverString: {
    kind: 'string',
    fallback: undefined,
    pattern: /^[!-~][ -~]{0,255}$/,
    wanted: '1 to 256 printable characters of ASCII, no space in front',
  },
};

function checkAccessLog(value: unknown, name: string): unknown {
  if (typeof value === 'function' || (typeof value === 'string' && value !== '')) return value;
  throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name} is neither a path nor a function`);
}

const MOST_FIELD_BYTES = 16_384;

/** Names that follow from how an answer is given, or are written once already. */
const reserved = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'server',
  'transfer-encoding',
]);

function checkHeaders(value: unknown, name: string): readonly (readonly [string, string])[] {
  if (!isRecord(value))
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name} is not a record of strings`);
  const fields = Object.entries(value).map(([field, content]) => {
    if (typeof content !== 'string')
      throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name}.${field} is not a string`);
    if (reserved.has(field.toLowerCase()))
      throw new LwsError(
        interfaceErrors.LWS_ERR_OPTION,
        `${name}.${field} is written by http itself`,
      );
    return Object.freeze([field, content] as const);
  });
  // An answer has to fit behind them: its head is bounded.
  if (fieldsLength(fields) > MOST_FIELD_BYTES)
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      `${name} has more than ${MOST_FIELD_BYTES} bytes of fields`,
    );
  try {
    writeFields(new Uint8Array(fieldsLength(fields)), 0, fields);
  } catch (cause) {
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name} has a field that cannot be sent`, {
      cause,
    });
  }
  return Object.freeze(fields);
}
