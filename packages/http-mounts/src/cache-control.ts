/** The four cache members of a mount. lws: cache_max_age, cache_reusable, cache_revalidate, cache_intermediaries */
export interface CachePolicy {
  /** Seconds a copy stays fresh. */
  readonly maxAge: number;
  /** A copy may be kept and used again. */
  readonly reusable: boolean;
  /** A copy is used unasked while it is fresh, and never after. */
  readonly revalidate: boolean;
  /** Shared caches may keep it too. */
  readonly intermediaries: boolean;
}

/** The cache-control value for a policy: lws's choice of directives in the syntax of RFC 9111 §5.2.2. */
export function cacheControl(policy: CachePolicy): string {
  if (!policy.reusable || policy.maxAge === 0) return 'no-store';
  if (!policy.revalidate) return 'no-cache';
  const scope = policy.intermediaries ? 'public' : 'private';
  return `${scope}, max-age=${policy.maxAge}, must-revalidate`;
}
