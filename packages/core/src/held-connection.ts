import { type Held, interfaceErrors, LwsError } from '@lws-ts/interface';

/** A hold that waits for its one answer. */
export class HeldConnection implements Held {
  #settle: ((status: number | undefined) => boolean) | undefined;

  constructor(settle: (status: number | undefined) => boolean) {
    this.#settle = settle;
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

  /** The answer, from the program or from a deadline. */
  settle(status: number | undefined): boolean {
    const settle = this.#settle;
    this.#settle = undefined;
    return settle?.(status) ?? false;
  }

  /** The connection is gone: no answer counts any more. */
  drop(): void {
    this.#settle = undefined;
  }
}
