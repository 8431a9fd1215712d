/**
 * Coded errors: what is refused, violated or failed, named by a code that never changes.
 * Tables of them are data, so that a refusal on a hot path costs no stack trace.
 */

/** Every code of every package starts like this. */
export type ErrorCode = `LWS_ERR_${string}`;

/** A refusal, violation or failure. `LwsError` has this shape too; recognise either by `code`. */
export interface CodedError {
  readonly code: ErrorCode;
  /** What happened, without a full stop, for a log line. */
  readonly message: string;
  /** What to do about it, one sentence. */
  readonly hint: string;
  /** The HTTP status that names it, where one does. */
  readonly status?: number;
  /** The WebSocket close code that names it (RFC 6455 §7.4), where one does. */
  readonly closeCode?: number;
}

/** One row of a table given to {@link errorTable}. */
export type ErrorRow = Omit<CodedError, 'code'>;

/** A package's codes: each value is the coded error itself. */
export type ErrorTable<Code extends ErrorCode> = {
  readonly [C in Code]: CodedError & { readonly code: C };
};

/** Freezes a package's error rows into coded errors, each carrying its own code. */
export function errorTable<const Rows extends Readonly<Record<ErrorCode, ErrorRow>>>(
  rows: Rows,
): ErrorTable<keyof Rows & ErrorCode> {
  const table = Object.create(null) as Record<string, CodedError>;
  for (const [code, row] of Object.entries(rows))
    table[code] = Object.freeze({ code: code as ErrorCode, ...row });
  return Object.freeze(table) as ErrorTable<keyof Rows & ErrorCode>;
}
