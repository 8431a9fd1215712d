import { lwslErr } from './log.ts';
import { showThrown } from './show-thrown.ts';

/** Runs what others wrote, where an exception must not stop the rest. */
export function attempt(what: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    lwslErr(`${what} threw: ${showThrown(error)}`);
  }
}
