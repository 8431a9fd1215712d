import type { LookupFunction } from 'node:net';
import {
  type AnyModule,
  type HttpClientWsi,
  interfaceErrors,
  LwsError,
  type ModuleConnectOptions,
  type OptionRules,
  type RawWsi,
  type Wsi,
  type WsiView,
  type WsWsi,
} from '@lws-ts/interface';
import { ConnectionWsi } from './connection-wsi.ts';
import { type RetryPolicy, readRetryPolicy } from './retry.ts';

/** Options that core itself knows of `context.connect`. lws: struct lws_client_connect_info */
export interface CoreConnectOptions {
  /**
   * Where to: `ws://host:port/path?query`, or `ws+unix:/run/my.sock:/path`. The scheme chooses the role.
   *
   * @throws `LWS_ERR_OPTION` for what is no URL; without `url`, `address` is needed
   */
  readonly url?: string | URL;
  /** Name or address, in place of `url`; `+/run/my.sock` is a unix socket. */
  readonly address?: string;
  /** With `address`. @defaultValue 80, with `ssl` 443 */
  readonly port?: number;
  /** With `address`: path and query. @defaultValue '/' */
  readonly path?: string;
  /** With `address`: TLS. lws: ssl_connection @defaultValue false */
  readonly ssl?: boolean;
  /** With `address`: none is a WebSocket, `GET` and the like HTTP, `RAW` a raw socket. */
  readonly method?: string;
  /** The vhost whose protocols and options it uses, by name. @defaultValue the first */
  readonly vhost?: string;
  /** The protocol that is told of it, by name, whatever is spoken on the wire. lws: local_protocol_name */
  readonly localProtocol?: string;
  /**
   * Time for an attempt to be established, in seconds: name, socket, TLS, proxy and handshake together.
   *
   * @defaultValue 5
   * @throws `LWS_ERR_OPTION` unless a number from 0.1 to 3600
   */
  readonly connectTimeoutSecs?: number;
  /** Attempts after failures, before the program is told of any. lws: retry_and_idle_policy @defaultValue none */
  readonly retry?: RetryPolicy;
  /** Gives the connection up when it is aborted before it is established; later it does nothing. */
  readonly signal?: AbortSignal;
  /**
   * A wsi of this context that it ends with, and before.
   *
   * @throws `LWS_ERR_OPTION` for one that is over, or of another context
   *
   * lws: parent_wsi
   */
  readonly parentWsi?: WsiView;
  /** Addresses of one family alone, 4 or 6; 0: whichever answers first. @defaultValue 0 */
  readonly family?: number;
  /** The address to connect from. lws: iface @defaultValue the system's choice */
  readonly localAddress?: string;
  /** Resolves names, in place of the system; as `dns.lookup`. */
  readonly lookup?: LookupFunction;
}

/** All options of `context.connect` in a context with these modules. */
export type ConnectOptions<M extends readonly AnyModule[]> = CoreConnectOptions &
  ModuleConnectOptions<M>;

/** The wsi of a connection to a URL whose scheme the compiler can see; of any other, what all of them can do. */
export type ConnectedWsi<Url extends string | URL> =
  Url extends `${'ws' | 'wss'}${Socket}:${string}`
    ? WsWsi<unknown, unknown>
    : Url extends `${'http' | 'https'}${Socket}:${string}`
      ? HttpClientWsi<unknown, unknown>
      : Url extends `${'raw' | 'raws'}${Socket}:${string}`
        ? RawWsi<unknown, unknown>
        : Wsi<unknown, unknown>;
type Socket = '' | '+unix';

/** {@link CoreConnectOptions} as they are read. */
export interface ResolvedConnectOptions {
  readonly url: string | URL | undefined;
  readonly address: string | undefined;
  readonly port: number | undefined;
  readonly path: string;
  readonly ssl: boolean;
  readonly method: string | undefined;
  readonly vhost: string | undefined;
  readonly localProtocol: string | undefined;
  readonly connectTimeoutSecs: number;
  readonly retry: RetryPolicy | undefined;
  readonly signal: AbortSignal | undefined;
  readonly parentWsi: WsiView | undefined;
  readonly family: number;
  readonly localAddress: string | undefined;
  readonly lookup: LookupFunction | undefined;
}

/** How each option is read. */
export const coreConnectRules: OptionRules<CoreConnectOptions> = {
  url: { kind: 'custom', fallback: undefined, check: checkUrl },
  address: {
    kind: 'string',
    fallback: undefined,
    pattern: /^[^\s/]|^\+\//,
    wanted: 'a name, an address, or +/ and the path of a unix socket',
  },
  port: { kind: 'custom', fallback: undefined, check: checkPort },
  path: { kind: 'string', fallback: '/' },
  ssl: { kind: 'boolean', fallback: false },
  method: {
    kind: 'string',
    fallback: undefined,
    pattern: /^[A-Z]{1,32}$/,
    wanted: '1 to 32 capital letters',
  },
  vhost: { kind: 'string', fallback: undefined },
  localProtocol: { kind: 'string', fallback: undefined },
  connectTimeoutSecs: { kind: 'number', fallback: 5, min: 0.1, max: 3600 },
  retry: { kind: 'custom', fallback: undefined, check: readRetryPolicy },
  signal: { kind: 'custom', fallback: undefined, check: checkSignal },
  parentWsi: { kind: 'custom', fallback: undefined, check: checkWsi },
  family: { kind: 'custom', fallback: 0, check: checkFamily },
  localAddress: { kind: 'string', fallback: undefined },
  lookup: { kind: 'custom', fallback: undefined, check: checkLookup },
};

function checkUrl(value: unknown, name: string): unknown {
  if (typeof value === 'string' || value instanceof URL) return value;
  throw refused(`${name} is ${typeof value}, not a string or a URL`);
}

function checkPort(value: unknown, name: string): unknown {
  if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= 65_535)
    return value;
  throw refused(`${name} is ${String(value)}, not an integer from 1 to 65535`);
}

function checkSignal(value: unknown, name: string): unknown {
  if (value instanceof AbortSignal) return value;
  throw refused(`${name} is no AbortSignal`);
}

function checkWsi(value: unknown, name: string): unknown {
  if (ConnectionWsi.hostOf(value) !== undefined) return value;
  throw refused(`${name} is no wsi`);
}

function checkFamily(value: unknown, name: string): unknown {
  if (value === 0 || value === 4 || value === 6) return value;
  throw refused(`${name} is ${String(value)}, not 0, 4 or 6`);
}

function checkLookup(value: unknown, name: string): unknown {
  if (typeof value === 'function') return value;
  throw refused(`${name} is no function`);
}

function refused(detail: string): LwsError {
  return new LwsError(interfaceErrors.LWS_ERR_OPTION, detail);
}
