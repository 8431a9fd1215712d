import { type Held, interfaceErrors, LwsError } from '@lws-ts/interface';

/** What is held. */
export interface HoldOwner {
  /** The hold is over; false when there is nobody any more whom an answer would reach. */
  holdEnds(): boolean;
  /** Calls `settled` where handlers may be called, if it is still there then. */
  answered(settled: (status: number | undefined) => void, status: number | undefined): void;
}

/** A hold that waits for its one answer. */
export class HeldConnection implements Held {
  readonly #owner: HoldOwner;
  #settled: ((status: number | undefined) => void) | undefined;

  /** @param settled gets the status of a refusal, or undefined */
  constructor(owner: HoldOwner, settled: (status: number | undefined) => void) {
    this.#owner = owner;
    this.#settled = settled;
  }

  accept(): boolean {
    return this.settle(undefined);
  }

  refuse(status: number): boolean {
    if (!Number.isInteger(status) || status < 400 || status > 599)
      throw new LwsError(
        interfaceErrors.LWS_ERR_OPTION,
        `refuse(${status}): not a status from 400 to 599`,
      );
    return this.settle(status);
  }

  /** The answer, from the program or from a deadline; true when somebody hears it. */
  settle(status: number | undefined): boolean {
    const settled = this.#settled;
    this.#settled = undefined;
    if (settled === undefined || !this.#owner.holdEnds()) return false;
    this.#owner.answered(settled, status);
    return true;
  }

  /** The connection is gone: no answer counts any more. */
  drop(): void {
    this.#settled = undefined;
  }
}
