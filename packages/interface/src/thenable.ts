/** What untyped callers may return from a handler, or from file operations, although it does not compile: promises. */

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

let sayRejected: (reason: unknown) => void = () => undefined;

/** Sets who says why a promise was rejected that nobody waited for. */
export function onDroppedRejection(say: (reason: unknown) => void): void {
  sayRejected = say;
}

/**
 * Lets go of a promise where none may be, and says that it was one. Nobody waits for it: its rejection does not end the
 * process, and goes to the function of {@link onDroppedRejection}.
 */
export function dropPromise(value: unknown): value is PromiseLike<unknown> {
  if (!isThenable(value)) return false;
  value.then(undefined, (reason: unknown) => sayRejected(reason));
  return true;
}
