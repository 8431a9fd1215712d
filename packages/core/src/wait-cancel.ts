/**
 * `cancelService`: an event that other threads may send too. It reaches the protocols in a turn of the loop,
 * once however often it was sent before that.
 */
import { interfaceErrors, LwsError } from '@lws-ts/interface';
import type { Serviced } from './serviced.ts';

/** What `Atomics.waitAsync` gives; the library of ES2023 does not have it. */
type WaitAsync = (
  cell: Int32Array,
  index: number,
  value: number,
) => { readonly async: true; readonly value: Promise<unknown> } | { readonly async: false };

const waitAsync = (Atomics as unknown as { readonly waitAsync: WaitAsync }).waitAsync;

/** A number in memory that threads share: by `postMessage` or `workerData` it reaches any of them. */
export type CancelHandle = Int32Array;

/**
 * Wakes the service loop of the context that gave the handle, from any thread: its protocols are told
 * `eventWaitCancelled`, once for all calls since they were told last.
 *
 * @throws `LWS_ERR_OPTION` for what `context.cancelHandle()` did not give
 *
 * lws: lws_cancel_service
 */
export function cancelService(handle: CancelHandle): void {
  if (!(handle instanceof Int32Array && handle.buffer instanceof SharedArrayBuffer))
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      'cancelService() takes what context.cancelHandle() gave',
    );
  Atomics.add(handle, 0, 1);
  Atomics.notify(handle, 0);
}

/** What a cancelled wait needs of its loop. */
export interface CancelLoop {
  list(serviced: Serviced): void;
}

export class WaitCancel implements Serviced {
  servedTurn = 0;
  readonly #loop: CancelLoop;
  readonly #cancelled: () => void;
  #listed = false;
  #closed = false;
  #handle: CancelHandle | undefined = undefined;

  constructor(loop: CancelLoop, cancelled: () => void) {
    this.#loop = loop;
    this.#cancelled = cancelled;
  }

  /** Made when it is first asked for: nothing waits before. */
  get handle(): CancelHandle {
    if (this.#handle === undefined) {
      this.#handle = new Int32Array(new SharedArrayBuffer(4));
      if (!this.#closed) void this.#wait(this.#handle);
    }
    return this.#handle;
  }

  cancel(): void {
    if (this.#listed || this.#closed) return;
    this.#listed = true;
    this.#loop.list(this);
  }

  serve(): void {
    this.#listed = false;
    if (!this.#closed) this.#cancelled();
  }

  close(): void {
    this.#closed = true;
    // nothing waits for it for ever
    if (this.#handle !== undefined) Atomics.notify(this.#handle, 0);
  }

  async #wait(handle: CancelHandle): Promise<void> {
    let seen = 0;
    while (!this.#closed) {
      const waiting = waitAsync(handle, 0, seen);
      if (waiting.async) await waiting.value;
      const now = Atomics.load(handle, 0);
      if (now !== seen) this.cancel();
      seen = now;
    }
  }
}
