import type { CodedError, ErrorCode } from './coded-error.ts';

/**
 * The one error class of lws-ts: thrown for wrong options and misuse, passed where something failed.
 * Recognise it by `code`, which also works across duplicate copies of a package.
 */
export class LwsError<Code extends ErrorCode = ErrorCode> extends Error implements CodedError {
  override readonly name: string = 'LwsError';
  readonly code: Code;
  readonly hint: string;
  // not there at all where the row has none, so that who prints the error does not see them
  declare readonly status?: number;
  declare readonly closeCode?: number;

  /**
   * @param error a row of an error table
   * @param detail what was given and what is allowed; stands behind the row's message
   * @param options `cause`: the error this one comes from; `hint`: a better one than the row has
   */
  constructor(
    error: CodedError & { readonly code: Code },
    detail?: string,
    options?: ErrorOptions & { readonly hint?: string | undefined },
  ) {
    super(detail === undefined ? error.message : `${error.message}: ${detail}`, options);
    this.code = error.code;
    this.hint = options?.hint ?? error.hint;
    if (error.status !== undefined) this.status = error.status;
    if (error.closeCode !== undefined) this.closeCode = error.closeCode;
  }

  /** With the code, as errors of Node.js have it. */
  override toString(): string {
    return `${this.name} [${this.code}]: ${this.message}`;
  }
}
