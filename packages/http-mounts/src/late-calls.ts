import type { CodedError, FopsFile, FopsFlags, HttpExchange } from '@lws-ts/interface';
import { isThenable } from '@lws-ts/interface';
import { reportThrown } from './file-calls.ts';
import type { ServedFops } from './mount-services.ts';

/**
 * Calls that file operations make after they had to wait. What one of them throws would end the process, since nobody is
 * in the middle of the request: it is kept, and thrown again in `writeable`, where it is an error of the request.
 */
export class LateCalls {
  readonly #exchange: HttpExchange;
  #thrown: { readonly error: unknown } | undefined = undefined;
  #over = false;

  constructor(exchange: HttpExchange) {
    this.#exchange = exchange;
  }

  /** What `open` throws is thrown; what its promise is rejected with, where it gives one, is as what `took` throws. */
  open(
    fops: ServedFops,
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    took: (result: FopsFile | CodedError) => void,
  ): void {
    let later = false;
    const opening: unknown = fops.open(path, virtualPath, flags, (result) => {
      if (later) this.run(() => took(result));
      else took(result);
    });
    later = true;
    if (isThenable(opening)) opening.then(undefined, (error: unknown) => this.#failed(error));
  }

  run(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** In `writeable`, before anything else. @throws what a call threw */
  check(): void {
    if (this.#thrown !== undefined) throw this.#thrown.error;
  }

  /** The request is over. */
  done(): void {
    this.#over = true;
  }

  #failed(error: unknown): void {
    if (this.#over) reportThrown(this.#exchange.host, error);
    else {
      this.#thrown = { error };
      this.#exchange.requestWriteable();
    }
  }
}
