/**
 * The time of a frame that was begun and makes no progress, and of a message whose peer keeps others waiting.
 * Made for the first read that ends inside one: most connections never need it.
 */
import type { CodedError, RoleHost } from '@lws-ts/interface';
import { wsErrors } from './errors.ts';
import type { InflatedDelivery } from './inflated-delivery.ts';

/** How often the time of a frame that makes no progress is looked at. */
const stallLooks = 8;
/** What a peer has to bring in each `stalledSecs` while others wait for what its message occupies. */
const occupyingBytes = 16 * 1024;

/** The connection whose frames are watched. */
export interface StallOwner {
  readonly open: boolean;
  failed(error: CodedError, detail?: string): void;
}

export class StallWatch {
  /** A deadline is set. */
  armed = false;
  readonly #owner: StallOwner;
  readonly #host: RoleHost;
  readonly #inflated: InflatedDelivery | undefined;
  readonly #lookSecs: number;
  /** What had come of encoded messages when the deadline was set. */
  #from = 0;
  /** How often the deadline was looked at since, and of those in a row when the program held things back. */
  #looks = 0;
  #held = 0;

  /** @param stalledSecs how long no progress is put up with, in seconds */
  constructor(
    owner: StallOwner,
    host: RoleHost,
    inflated: InflatedDelivery | undefined,
    stalledSecs: number,
  ) {
    this.#owner = owner;
    this.#host = host;
    this.#inflated = inflated;
    this.#lookSecs = stalledSecs / stallLooks;
  }

  /**
   * After a read.
   *
   * @param begun bytes read of a frame that is not complete
   * @param tookAll nothing of what came waits for the program
   */
  read(begun: number, tookAll: boolean): void {
    const watched = tookAll && this.#owner.open;
    const inflated = this.#inflated;
    if (watched && inflated?.occupying === true) {
      // a ping between its fragments brings a message no further
      if (!this.armed || inflated.received - this.#from >= occupyingBytes) this.#arm();
    } else if (watched && begun > 0) this.#arm();
    else if (this.armed) {
      this.armed = false;
      if (this.#owner.open) this.#host.clearTimeout();
    }
  }

  /**
   * The deadline passed. What the program holds back is not the peer's fault: after a while of it the time begins
   * anew. That the program waits to write in just this moment is no while.
   */
  passed(begun: number, held: boolean): void {
    this.armed = false;
    const inflated = this.#inflated;
    const occupying = inflated?.occupying === true;
    if (begun === 0 && !occupying) return;
    this.#held = held ? this.#held + 1 : 0;
    if (this.#held > 1) this.#arm();
    else if (held || ++this.#looks < stallLooks) this.#lookAgain();
    else if (occupying) this.#judgeOccupying(inflated);
    else this.#owner.failed(wsErrors.LWS_ERR_WS_STALLED);
  }

  #arm(): void {
    this.#from = this.#inflated?.received ?? 0;
    this.#looks = 0;
    this.#held = 0;
    this.#lookAgain();
  }

  #lookAgain(): void {
    this.armed = true;
    this.#host.setTimeout('ws-stalled', this.#lookSecs);
  }

  /** It may be slow as long as nobody waits for what it occupies. */
  #judgeOccupying({ received, contended }: InflatedDelivery): void {
    const came = received - this.#from;
    if (came > 0 && !contended) this.#arm();
    else this.#owner.failed(wsErrors.LWS_ERR_WS_STALLED, came === 0 ? undefined : `${came} bytes`);
  }
}
