/** Vhosts that end while their context goes on: each waits for its connections, and cuts them at a deadline. */
import type { Connection } from './connection.ts';
import { coreErrors } from './errors.ts';
import { TimerEntry, type TimerWheel } from './timer-wheel.ts';
import type { Vhost, VhostReport } from './vhost.ts';

export class VhostEnds {
  readonly #wheel: TimerWheel;
  readonly #all = new Map<Vhost, { readonly left: Set<Connection>; readonly over: () => void }>();

  constructor(wheel: TimerWheel) {
    this.#wheel = wheel;
  }

  /** Vhosts that wait for their connections. */
  get vhosts(): Iterable<Vhost> {
    return this.#all.keys();
  }

  /** Closes those of `connections` that are of the vhost and cannot go on at another; resolves when the last is gone. */
  async end(
    vhost: Vhost,
    connections: Iterable<Connection>,
    deadlineSecs: number,
  ): Promise<VhostReport> {
    const left = new Set<Connection>();
    const { heir } = vhost;
    for (const connection of connections)
      if (connection.vhost === vhost && (heir === undefined || !connection.passTo(heir)))
        left.add(connection);
    const met = left.size;
    let cut = 0;
    const gone = new Promise<void>((resolve) => {
      this.#all.set(vhost, { left, over: resolve });
    });
    const cutThem = (): void => {
      cut = left.size;
      for (const connection of left) connection.cut(coreErrors.LWS_ERR_SHUTDOWN_CUT);
    };
    const deadline = new TimerEntry({ expired: cutThem });
    for (const connection of left) connection.close(1001, 'vhost going away');
    if (deadlineSecs === 0) cutThem();
    else if (left.size > 0) this.#wheel.arm(deadline, deadlineSecs * 1000);
    if (left.size > 0) await gone;
    this.#wheel.disarm(deadline);
    this.#all.delete(vhost);
    return { closed: met - cut, cut };
  }

  /** A connection of the context is gone. */
  gone(connection: Connection): void {
    for (const { left, over } of this.#all.values())
      if (left.delete(connection) && left.size === 0) over();
  }
}
