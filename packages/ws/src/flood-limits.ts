import type { Clock, CodedError } from '@lws-ts/interface';
import { wsErrors } from './errors.ts';
import type { ResolvedWsOptions } from './options.ts';

/** Mean payload under which fragments in a row count as tiny, in bytes. */
const tinyMean = 64;

/**
 * What a peer may do only so often: fragments of one message, tiny fragments in a row, pings. A message in
 * one frame costs nothing here.
 */
export class FloodLimits {
  readonly #clock: Clock;
  readonly #maxFragments: number;
  readonly #maxTinyFragments: number;
  readonly #maxPings: number;
  #fragments = 0;
  /** Fragments since their mean payload last reached {@link tinyMean}. */
  #row = 0;
  #rowBytes = 0;
  #second = Number.NEGATIVE_INFINITY;
  #pings = 0;

  /** @param assembled the message is put together: all its fragments count */
  constructor(options: ResolvedWsOptions, clock: Clock, assembled: boolean) {
    this.#clock = clock;
    this.#maxFragments = assembled ? options.maxFragments : Number.POSITIVE_INFINITY;
    this.#maxTinyFragments = options.maxTinyFragments;
    this.#maxPings = options.maxPingsPerSecond;
  }

  /** One fragment more, with `length` payload bytes; `first` begins a message. */
  fragment(length: number, first: boolean): CodedError | undefined {
    if (first) {
      this.#fragments = 0;
      this.#row = 0;
      this.#rowBytes = 0;
    }
    this.#row++;
    this.#rowBytes += length;
    if (this.#rowBytes >= this.#row * tinyMean) {
      this.#row = 0;
      this.#rowBytes = 0;
    }
    if (++this.#fragments > this.#maxFragments) return wsErrors.LWS_ERR_WS_TOO_MANY_FRAGMENTS;
    return this.#row > this.#maxTinyFragments ? wsErrors.LWS_ERR_WS_TINY_FRAGMENTS : undefined;
  }

  /** One ping more. */
  ping(): CodedError | undefined {
    const now = this.#clock.now();
    if (now - this.#second >= 1000) {
      this.#second = now;
      this.#pings = 0;
    }
    return ++this.#pings > this.#maxPings ? wsErrors.LWS_ERR_WS_PING_RATE : undefined;
  }
}
