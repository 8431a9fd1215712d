import {
  type CodedError,
  interfaceErrors,
  LwsError,
  type OptionRules,
  type PeerAddress,
} from '@lws-ts/interface';
import { AddressList, readAddressList } from './address-list.ts';
import type { Rate } from './token-bucket.ts';
import {
  type ForwardedBy,
  noProxies,
  readTrustedProxies,
  type TrustedProxies,
} from './trusted-proxies.ts';

/** Told that a peer went over a limit, before anything is done about it. What it throws is logged, and so is what its promise is rejected with; nobody waits for that. lws: pl_notify_cb */
export type PeerLimitNotify = (peer: PeerAddress, error: CodedError) => void;

/** What `peerLimits()` adds to the options of a context. Everything counts for each peer, over all vhosts. */
export interface PeerLimitsOptions {
  /**
   * Most connections of a peer at a time; one more is dropped when it is accepted. 0: no limit. Many people can
   * stand behind one address: err on the generous side. lws: ip_limit_wsi
   *
   * @defaultValue 0
   */
  readonly ipLimitWsi?: number;
  /**
   * Most header tables of a peer at a time, which is to say requests that are read or answered; one more waits,
   * open and unread, until another is over. 0: no limit. lws: ip_limit_ah
   *
   * @defaultValue 0
   */
  readonly ipLimitAh?: number;
  /** Bits of an IPv6 address that are one peer, 1 to 128: whoever has a /64 has all of its addresses. @defaultValue 64 */
  readonly ipLimitIpv6Prefix?: number;
  /** Addresses and CIDR blocks that have no limits. @defaultValue none */
  readonly ipLimitExempt?: readonly string[];
  /** Told of each peer that goes over a limit. lws: pl_notify_cb @defaultValue nobody */
  readonly ipLimitNotify?: PeerLimitNotify;
  /**
   * Peers that are remembered, 16 to 16,777,216: over it the one that has had no connection for the longest time is
   * forgotten. Those that are connected are remembered always.
   *
   * @defaultValue 65536
   */
  readonly ipLimitMaxPeers?: number;
  /** Connections that a peer may make a second, in the mean; more are dropped. 0: no limit. @defaultValue 0 */
  readonly ipConnectionsPerSec?: number;
  /** Connections that a peer may make at once. 0: as many as in a second. @defaultValue 0 @throws `LWS_ERR_OPTION` without `ipConnectionsPerSec` */
  readonly ipConnectionsBurst?: number;
  /** Requests that a peer may make a second, in the mean; more are answered 429. 0: no limit. @defaultValue 0 */
  readonly ipRequestsPerSec?: number;
  /** Requests that a peer may make at once. 0: as many as in a second. @defaultValue 0 @throws `LWS_ERR_OPTION` without `ipRequestsPerSec` */
  readonly ipRequestsBurst?: number;
  /** WebSocket messages that a peer may send a second, in the mean; then it is closed with 1008. 0: no limit. @defaultValue 0 */
  readonly ipWsMessagesPerSec?: number;
  /** WebSocket messages that a peer may send at once. 0: as many as in a second. @defaultValue 0 @throws `LWS_ERR_OPTION` without `ipWsMessagesPerSec` */
  readonly ipWsMessagesBurst?: number;
  /**
   * Payload in bytes that a peer may send a second over WebSockets, in the mean, as it is on the wire; then it is
   * closed with 1008. 0: no limit.
   *
   * @defaultValue 0
   */
  readonly ipWsBytesPerSec?: number;
  /** Payload in bytes that a peer may send at once. 0: as many as in a second. @defaultValue 0 @throws `LWS_ERR_OPTION` without `ipWsBytesPerSec` */
  readonly ipWsBytesBurst?: number;
  /**
   * Addresses and CIDR blocks of proxies that are believed when they say whom they speak for; `'unix'` is whoever
   * connects over a unix socket. They have no limits themselves.
   *
   * @defaultValue nobody
   */
  readonly trustedProxies?: readonly string[];
  /**
   * Connections of trusted proxies begin with a header of the PROXY protocol, version 1 or 2, before TLS; one
   * without is cut. From others such a header is no header.
   *
   * @defaultValue false
   */
  readonly proxyProtocol?: boolean;
  /** How long that header may take, in seconds, 0.1 to 3600; then the connection is cut. @defaultValue 5 */
  readonly proxyHeaderTimeoutSecs?: number;
  /**
   * The header of requests in which trusted proxies say whom they are from: `Forwarded` (RFC 7239) or
   * `X-Forwarded-For`, read from its end to the first address that is no trusted proxy.
   *
   * @defaultValue 'none'
   */
  readonly forwardedBy?: ForwardedBy;
}

const aMillion = { kind: 'integer', fallback: 0, min: 0, max: 1_000_000 } as const;
const aMillionASec = { kind: 'number', fallback: 0, min: 0, max: 1_000_000 } as const;
const bytes = { kind: 'integer', fallback: 0, min: 0, max: Number.MAX_SAFE_INTEGER } as const;

/** How each of {@link PeerLimitsOptions} is read. */
export const peerLimitsRules: OptionRules<PeerLimitsOptions> = {
  ipLimitWsi: aMillion,
  ipLimitAh: aMillion,
  ipLimitIpv6Prefix: { kind: 'integer', fallback: 64, min: 1, max: 128 },
  ipLimitExempt: {
    kind: 'custom',
    fallback: new AddressList([], 'ipLimitExempt'),
    check: readAddressList,
  },
  ipLimitNotify: { kind: 'custom', fallback: undefined, check: readNotify },
  ipLimitMaxPeers: { kind: 'integer', fallback: 65_536, min: 16, max: 16_777_216 },
  ipConnectionsPerSec: aMillionASec,
  ipConnectionsBurst: aMillion,
  ipRequestsPerSec: aMillionASec,
  ipRequestsBurst: aMillion,
  ipWsMessagesPerSec: aMillionASec,
  ipWsMessagesBurst: aMillion,
  ipWsBytesPerSec: bytes,
  ipWsBytesBurst: bytes,
  trustedProxies: { kind: 'custom', fallback: noProxies, check: readTrustedProxies },
  proxyProtocol: { kind: 'boolean', fallback: false },
  proxyHeaderTimeoutSecs: { kind: 'number', fallback: 5, min: 0.1, max: 3600 },
  forwardedBy: {
    kind: 'choice',
    fallback: 'none',
    choices: ['none', 'forwarded', 'x-forwarded-for'],
  },
};

/** {@link PeerLimitsOptions} as they are kept. */
export interface ResolvedPeerLimits {
  readonly ipLimitWsi: number;
  readonly ipLimitAh: number;
  readonly ipLimitIpv6Prefix: number;
  readonly ipLimitExempt: AddressList;
  readonly ipLimitNotify: PeerLimitNotify | undefined;
  readonly ipLimitMaxPeers: number;
  readonly trustedProxies: TrustedProxies;
  readonly proxyProtocol: boolean;
  readonly proxyHeaderTimeoutSecs: number;
  readonly forwardedBy: ForwardedBy;
}

/** The rates among the options; undefined where there is no limit. */
export interface PeerRates {
  readonly connection: Rate | undefined;
  readonly request: Rate | undefined;
  readonly message: Rate | undefined;
  readonly byte: Rate | undefined;
}

/** Reads them from the resolved options of a context. @throws `LWS_ERR_OPTION` for a burst of what has no limit */
export function ratesOf(options: Readonly<Record<string, unknown>>): PeerRates {
  const rate = (name: string): Rate | undefined => {
    const perSec = options[`ip${name}PerSec`] as number;
    const burst = options[`ip${name}Burst`] as number;
    if (perSec > 0) return { perSec, burst: burst || Math.max(1, perSec) };
    if (burst === 0) return undefined;
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      `ip${name}Burst means nothing without ip${name}PerSec: there is no limit`,
    );
  };
  return {
    connection: rate('Connections'),
    request: rate('Requests'),
    message: rate('WsMessages'),
    byte: rate('WsBytes'),
  };
}

function readNotify(value: unknown, name: string): PeerLimitNotify {
  if (typeof value === 'function') return value as PeerLimitNotify;
  throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name} is no function`);
}
