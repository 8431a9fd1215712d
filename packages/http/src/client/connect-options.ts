import {
  type ConnectCall,
  type HttpFields,
  interfaceErrors,
  isRecord,
  LwsError,
  type OptionRules,
  resolvedBy,
} from '@lws-ts/interface';
import { fieldsLength, writeFields } from '../framing/index.ts';
import { type ProxyOption, readProxy } from './proxy.ts';

/** What HTTP adds to the options of `context.connect`. */
export interface HttpConnectOptions {
  /**
   * Fields of the request, by name. Those that follow from what is asked for, such as Connection, are
   * refused. Authorization and Cookie do not follow a redirect to another server.
   *
   * @defaultValue none
   * @throws `LWS_ERR_OPTION` for a field that cannot be sent
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** The Host field. lws: host @defaultValue as the URL has it */
  readonly host?: string;
  /** The Origin field. lws: origin @defaultValue none is sent */
  readonly origin?: string;
  /**
   * A proxy to go through: `http://[user:password@]host:port`, which is asked by CONNECT, or `socks5://…`.
   * False: none, whatever the environment says. lws: http_proxy_address
   *
   * @defaultValue that of the environment: `http_proxy` or `https_proxy`, `all_proxy`, `socks_proxy`; `no_proxy` excepts
   */
  readonly proxy?: string | false;
  /**
   * Redirects that are followed, 0 to 20; one more fails the connection. 0: a redirect is an answer like any
   * other. Never from TLS to none.
   *
   * @defaultValue 3
   */
  readonly maxRedirects?: number;
  /**
   * Body of an HTTP request, sent with its length, and once more where a redirect keeps the method. A body that is
   * made while it is sent has `clientHttpBodyPending` and `httpWriteable` of the client's handlers.
   *
   * @defaultValue none
   */
  readonly requestBody?: string | Uint8Array;
  /**
   * How long an HTTP connection is kept, idle, for another request to the same server with the same options, in
   * seconds, 0 to 3600. 0: it is closed with its answer. lws: keep_warm_secs
   *
   * @defaultValue 5
   */
  readonly keepWarmSecs?: number;
  /** Idle connections that are kept for one server at a time, 1 to 1024; one more closes the oldest. @defaultValue 8 */
  readonly keepWarmMax?: number;
  /**
   * An HTTP request goes by the connection that others have to the same server with the same options, instead of
   * opening one more. Where it and the ones before it have an idempotent method and no body it is sent at once, behind
   * them (RFC 9112 §9.3.2), and once more should the connection end without its answer; any other waits until the
   * answers before it are complete. lws: LCCSCF_PIPELINE
   *
   * @defaultValue false
   */
  readonly pipeline?: boolean;
  /**
   * How long a server may take to begin its answer to an HTTP request, in seconds, 0.1 to 3600, since it last took
   * some of the request's body.
   *
   * @defaultValue 60
   */
  readonly responseTimeoutSecs?: number;
  /** How long an HTTP answer may stand still while its body is wanted, in seconds, 0.1 to 3600. @defaultValue 60 */
  readonly responseIdleSecs?: number;
}

/** {@link HttpConnectOptions} as they are read. */
export interface ResolvedHttpConnectOptions {
  readonly headers: HttpFields;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly proxy: ProxyOption;
  readonly maxRedirects: number;
  readonly requestBody: Uint8Array | undefined;
  readonly keepWarmSecs: number;
  readonly keepWarmMax: number;
  readonly pipeline: boolean;
  readonly responseTimeoutSecs: number;
  readonly responseIdleSecs: number;
}

/** How each option is read. */
export const httpConnectRules: OptionRules<HttpConnectOptions> = {
  headers: { kind: 'custom', fallback: Object.freeze([]), check: checkHeaders },
  host: {
    kind: 'string',
    fallback: undefined,
    pattern: /^[!-~]{1,255}$/,
    wanted: '1 to 255 printable characters of ASCII without a space',
  },
  origin: {
    kind: 'string',
    fallback: undefined,
    pattern: /^[!-~]{1,2048}$/,
    wanted: '1 to 2048 printable characters of ASCII without a space',
  },
  proxy: { kind: 'custom', fallback: undefined, check: checkProxy },
  maxRedirects: { kind: 'integer', fallback: 3, min: 0, max: 20 },
  requestBody: { kind: 'custom', fallback: undefined, check: checkBody },
  keepWarmSecs: { kind: 'number', fallback: 5, min: 0, max: 3600 },
  keepWarmMax: { kind: 'integer', fallback: 8, min: 1, max: 1024 },
  pipeline: { kind: 'boolean', fallback: false },
  responseTimeoutSecs: { kind: 'number', fallback: 60, min: 0.1, max: 3600 },
  responseIdleSecs: { kind: 'number', fallback: 60, min: 0.1, max: 3600 },
};

/** Names that follow from what is asked for, or have an option of their own. */
const reserved: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'origin',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What is for the server that it was given for, and for no other. */
const secret: ReadonlySet<string> = new Set(['authorization', 'cookie']);

/** Those of `fields` that another server may see. */
export function withoutSecrets(fields: HttpFields): HttpFields {
  return fields.filter(([name]) => !secret.has(name.toLowerCase()));
}

/**
 * A field that a program adds to a request.
 *
 * @throws `LWS_ERR_OPTION` for one that cannot be sent or is not the program's
 */
export function checkRequestField(name: string, value: unknown): readonly [string, string] {
  const lower = name.toLowerCase();
  if (typeof value !== 'string') throw refused(`field ${name} is ${typeof value}, not a string`);
  if (reserved.has(lower)) throw refused(`field ${name} is written by lws-ts itself`);
  const field = [lower, value] as const;
  try {
    writeFields(new Uint8Array(fieldsLength([field])), 0, [field]);
  } catch (cause) {
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      `field ${JSON.stringify(name)} cannot be sent`,
      {
        cause,
      },
    );
  }
  return Object.freeze(field);
}

function checkHeaders(value: unknown, name: string): HttpFields {
  if (!isRecord(value)) throw refused(`${name} is not a record of strings`);
  return Object.freeze(
    Object.entries(value).map(([field, content]) => checkRequestField(field, content)),
  );
}

/** A copy: what is sent later is what was given. */
function checkBody(value: unknown, name: string): Uint8Array {
  if (typeof value === 'string') return new TextEncoder().encode(value);
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  throw refused(`${name} is ${typeof value}, not a string or a Uint8Array`);
}

function checkProxy(value: unknown, name: string): ProxyOption {
  if (value === false) return false;
  if (typeof value === 'string') return readProxy(value);
  throw refused(`${name} is ${typeof value}, not a URL or false`);
}

function refused(detail: string): LwsError {
  return new LwsError(interfaceErrors.LWS_ERR_OPTION, detail);
}

/** The options of a connect call, which were resolved by {@link httpConnectRules}. */
export function connectOptionsOf({
  options,
}: Pick<ConnectCall, 'options'>): ResolvedHttpConnectOptions {
  return resolvedBy<ResolvedHttpConnectOptions>(httpConnectRules, options);
}
