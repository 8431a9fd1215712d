import { lwslErr } from './log.ts';
import { showThrown } from './show-thrown.ts';

/** Runs what others wrote, where an exception must not stop the rest. */
export function attempt(what: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    sayThrown(what, error);
  }
}

/** What {@link attempt} says when `what` threw. */
export function sayThrown(what: string, error: unknown): void {
  lwslErr(`${what} threw: ${showThrown(error)}`);
}
