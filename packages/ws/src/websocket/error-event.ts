import type { CodedError } from '@lws-ts/interface';

/** What an `error` event says. Browsers tell no reason; it is here as with the class that Node.js has itself. */
export class ErrorEvent extends Event {
  static {
    const tag = { value: 'ErrorEvent', configurable: true };
    Object.defineProperty(ErrorEvent.prototype, Symbol.toStringTag, tag);
  }

  /** Why there is no connection; undefined of one that was there and is lost. */
  readonly error: CodedError | undefined;
  /** That of the error, or empty. */
  readonly message: string;

  constructor(error: CodedError | undefined) {
    super('error');
    this.error = error;
    this.message = error?.message ?? '';
  }
}
