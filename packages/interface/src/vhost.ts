import type { ErrorCode } from './coded-error.ts';
import type { BoundProtocol } from './protocol.ts';

/**
 * What a vhost has counted since it was made, under lws's JSON names.
 * lws: lws_json_dump_vhost
 */
export interface VhostCounters {
  /** Bytes received from transports. */
  rx: number;
  /** Bytes given to transports. */
  tx: number;
  /** HTTP/1 connections. */
  h1_conn: number;
  /** HTTP/1 transactions. */
  h1_trans: number;
  /** Requests that had to wait until their peer had fewer of them: `ipLimitAh`. */
  ah_waits: number;
  /** Upgrades to WebSocket. */
  ws_upg: number;
  /** Requests and connections turned away. */
  rejected: number;
  /** When the certificate in use ends, in seconds since 1970; 0 without one. lws: LWS_TLS_CERT_INFO_VALIDITY_TO */
  ssl_cert_end: number;
  /** How often each code was reported. */
  readonly refused: Map<ErrorCode, number>;
}

/** A vhost as roles, responders and modules see it. */
export interface VhostView {
  readonly name: string;
  /** The port it listens on; the real one where 0 was asked for; -1 without a listener. */
  readonly port: number;
  /** Resolved and frozen, those of modules included. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly counters: VhostCounters;
  /** In the order they were given. */
  readonly protocols: readonly BoundProtocol[];
  protocolByName(name: string): BoundProtocol | undefined;
  /** The one marked `default: true`, for a client that names none. */
  readonly defaultProtocol: BoundProtocol | undefined;
}
