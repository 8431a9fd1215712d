import type { TokenBucket } from './token-bucket.ts';

/** A connection of a peer that waits for a header table. */
export interface Waiter {
  /** It has one now. */
  tableGranted(): void;
}

/** What is counted of one address, or of one IPv6 prefix. lws: struct lws_peer */
export class Peer {
  readonly key: string;
  /** Connections now. lws: count_wsi */
  wsi = 0;
  /** Header tables now. lws: count_ah */
  ah = 0;
  /** Who waits for one, the longest first. */
  readonly waiting = new Set<Waiter>();
  /** When its last connection went, ms. */
  idleSince = 0;
  connections: TokenBucket | undefined = undefined;
  requests: TokenBucket | undefined = undefined;
  messages: TokenBucket | undefined = undefined;
  bytes: TokenBucket | undefined = undefined;

  constructor(key: string) {
    this.key = key;
  }
}
