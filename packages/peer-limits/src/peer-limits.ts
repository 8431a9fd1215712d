import type { LwsModule } from '@lws-ts/interface';
import {
  type PeerLimitsOptions,
  peerLimitsRules,
  type ResolvedPeerLimits,
  ratesOf,
} from './options.ts';
import { PeerLimiter, type PeerStatus } from './peer-limiter.ts';

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
      const limited = options['ipLimitWsi'] !== 0 || options['ipLimitAh'] !== 0;
      if (!limited && Object.values(rates).every((rate) => rate === undefined)) return {};
      const limiter = new PeerLimiter(
        context.clock,
        options as unknown as ResolvedPeerLimits,
        rates,
        (error) => context.log('err', `ipLimitNotify threw: ${String(error)}`),
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
