/** What is loaded with the first context that has limits. */
export { PeerLimiter } from './peer-limiter.ts';
