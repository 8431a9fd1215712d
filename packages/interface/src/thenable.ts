/** What untyped callers may return from a handler, or from file operations, although it does not compile: promises. */

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/** A promise nobody asked for: its rejection must not end the process. */
export function forget(promise: PromiseLike<unknown>): void {
  promise.then(undefined, () => {});
}
