import { isThenable } from '@lws-ts/interface';
import { lwslErr } from './log.ts';
import { showThrown } from './show-thrown.ts';

/** Runs what others wrote, where an exception must not stop the rest; nor may a promise that it gives, which nobody waits for. */
export function attempt(what: string, run: () => unknown): void {
  try {
    const done = run();
    if (isThenable(done)) done.then(undefined, (error: unknown) => sayThrown(what, error));
  } catch (error) {
    sayThrown(what, error);
  }
}

/** What {@link attempt} says when `what` threw. */
export function sayThrown(what: string, error: unknown): void {
  lwslErr(`${what} threw: ${showThrown(error)}`);
}
