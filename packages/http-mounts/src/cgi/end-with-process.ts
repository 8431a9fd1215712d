/** What has to end when this process does: by `process.exit`, or by an error that nobody handled. */

/** Whatever can be ended at once, without waiting for anything. */
export interface Endable {
  killNow(): void;
}

const live = new Set<Endable>();

/** From now on `run` ends with the process. */
export function endWithProcess(run: Endable): void {
  if (live.size === 0) process.on('exit', endAll);
  live.add(run);
}

/** It has ended before. */
export function hasEnded(run: Endable): void {
  live.delete(run);
  if (live.size === 0) process.off('exit', endAll);
}

function endAll(): void {
  for (const run of live) run.killNow();
}
