import type { HttpExchange } from '@lws-ts/interface';

/**
 * Calls that file operations make after they had to wait. What one of them throws would end the process, since nobody is
 * in the middle of the request: it is kept, and thrown again in `writeable`, where it is an error of the request.
 */
export class LateCalls {
  readonly #exchange: HttpExchange;
  #thrown: { readonly error: unknown } | undefined = undefined;

  constructor(exchange: HttpExchange) {
    this.#exchange = exchange;
  }

  run(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#thrown = { error };
      this.#exchange.requestWriteable();
    }
  }

  /** In `writeable`, before anything else. @throws what a call threw */
  check(): void {
    if (this.#thrown !== undefined) throw this.#thrown.error;
  }
}
