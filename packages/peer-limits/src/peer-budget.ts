import { type Rate, TokenBucket } from './token-bucket.ts';

/** What has a rate. */
export type Rated = 'connection' | 'request' | 'message' | 'byte';

/** What a peer has left of each rate; what it never used takes no memory. */
export class PeerBudget {
  #connection: TokenBucket | undefined = undefined;
  #request: TokenBucket | undefined = undefined;
  #message: TokenBucket | undefined = undefined;
  #byte: TokenBucket | undefined = undefined;

  /** False: over the rate. */
  take(what: Rated, rate: Rate, amount: number, now: number): boolean {
    return this.#bucket(what, rate, now).take(rate, amount, now);
  }

  #bucket(what: Rated, rate: Rate, now: number): TokenBucket {
    switch (what) {
      case 'connection':
        this.#connection ??= new TokenBucket(rate, now);
        return this.#connection;
      case 'request':
        this.#request ??= new TokenBucket(rate, now);
        return this.#request;
      case 'message':
        this.#message ??= new TokenBucket(rate, now);
        return this.#message;
      case 'byte':
        this.#byte ??= new TokenBucket(rate, now);
        return this.#byte;
    }
  }
}
