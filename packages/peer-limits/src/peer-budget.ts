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

  /** How long after it was over the rate one would not be, in seconds. */
  waitSecs(what: Rated, rate: Rate, now: number): number {
    return this.#bucket(what, rate, now).waitSecs(rate, 1);
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
