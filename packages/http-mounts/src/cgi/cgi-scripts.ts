/** The scripts that run for the mounts of one context: how many there are, and what they may say in the log. */
import type { Clock, ContextView } from '@lws-ts/interface';
import type { CgiMount } from '../mount.ts';
import { printable } from '../refuse.ts';
import { CgiProcess, type CgiRunOwner } from './cgi-process.ts';

/** Lines of stderr that a mount may log in one second. */
export const linesPerSecond = 32;

interface OfMount {
  running: number;
  /** When the second began that lines are counted in. */
  since: number;
  lines: number;
  untold: number;
}

export class CgiScripts {
  readonly clock: Clock;
  readonly #log: ContextView['log'];
  readonly #mounts = new WeakMap<CgiMount, OfMount>();
  readonly #live = new Set<CgiProcess>();

  constructor(clock: Clock, log: ContextView['log']) {
    this.clock = clock;
    this.#log = log;
  }

  /** As many run as may. */
  full(mount: CgiMount): boolean {
    return this.#of(mount).running >= mount.maxScripts;
  }

  /** @throws what `spawn` throws */
  run(mount: CgiMount, env: Record<string, string>, owner: CgiRunOwner): CgiProcess {
    const of = this.#of(mount);
    const release = (): void => {
      of.running--;
      this.#live.delete(run);
    };
    const run: CgiProcess = new CgiProcess(mount, env, this.clock, {
      failed(error) {
        release();
        owner.failed(error);
      },
      exited() {
        release();
        owner.exited();
      },
    });
    of.running++;
    this.#live.add(run);
    return run;
  }

  /** A line that a script said on stderr. */
  say(mount: CgiMount, line: string): void {
    const of = this.#of(mount);
    const now = this.clock.now();
    if (now - of.since >= 1000) {
      if (of.untold > 0)
        this.#log('notice', `cgi ${mount.mountpoint}: ${of.untold} more lines were not logged`);
      of.since = now;
      of.lines = 0;
      of.untold = 0;
    }
    if (of.lines++ < linesPerSecond)
      this.#log('notice', `cgi ${mount.mountpoint}: ${printable(line)}`);
    else of.untold++;
  }

  /** The context is closed. */
  destroy(): void {
    for (const run of this.#live) run.killNow();
  }

  #of(mount: CgiMount): OfMount {
    const known = this.#mounts.get(mount);
    if (known !== undefined) return known;
    const made = { running: 0, since: this.clock.now(), lines: 0, untold: 0 };
    this.#mounts.set(mount, made);
    return made;
  }
}
