/** What untyped callers may return from a handler, or from file operations, although it does not compile: promises. */

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/**
 * Lets go of a promise where none may be, and says that it was one: nobody waits for it, and its rejection must not end
 * the process.
 */
export function dropPromise(value: unknown): value is PromiseLike<unknown> {
  if (!isThenable(value)) return false;
  value.then(undefined, () => {});
  return true;
}
