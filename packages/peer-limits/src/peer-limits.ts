import { interfaceErrors, LwsError, type LwsModule } from '@lws-ts/interface';
import * as lateLimiter from './late-limiter.ts';
import {
  type PeerLimitsOptions,
  type PeerRates,
  peerLimitsRules,
  type ResolvedPeerLimits,
  ratesOf,
} from './options.ts';
import type { PeerLimiter, PeerStatus } from './peer-limiter.ts';

const limiters = new WeakMap<object, PeerLimiter>();

/** Limits for each peer, for `use` of a context. Without one of its options it limits nothing. lws: LWS_WITH_PEER_LIMITS */
export function peerLimits(): LwsModule<PeerLimitsOptions> {
  return {
    name: '@lws-ts/peer-limits',
    needs: [],
    contextOptions: peerLimitsRules,
    vhostOptions: {},
    install(context) {
      const { options } = context;
      const rates = ratesOf(options);
      const limits = options as unknown as ResolvedPeerLimits;
      if (!isUsed(limits, rates)) return {};
      const limiter = new lateLimiter.PeerLimiter(context.clock, limits, rates, (error) =>
        context.log('err', `ipLimitNotify threw: ${String(error)}`),
      );
      limiters.set(options, limiter);
      return { admission: limiter };
    },
  };
}

/** What each peer of a context has now; empty for a context without `peerLimits()`. */
export function peersOf(context: {
  readonly options: Readonly<Record<string, unknown>>;
}): readonly PeerStatus[] {
  return limiters.get(context.options)?.status ?? [];
}

/** Whether there is anything to do. @throws `LWS_ERR_OPTION` where proxies are read and none is trusted, or the other way round */
function isUsed(options: ResolvedPeerLimits, rates: PeerRates): boolean {
  const { ipLimitWsi, ipLimitAh, proxyProtocol, forwardedBy, trustedProxies } = options;
  const reads = proxyProtocol || forwardedBy !== 'none';
  if (reads && trustedProxies.empty)
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      'proxyProtocol and forwardedBy mean nothing without trustedProxies: nobody would be believed',
    );
  if (!reads && !trustedProxies.empty)
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      'trustedProxies means nothing without proxyProtocol or forwardedBy: nothing would be read',
    );
  const limited = ipLimitWsi > 0 || ipLimitAh > 0;
  return reads || limited || Object.values(rates).some((rate) => rate !== undefined);
}
