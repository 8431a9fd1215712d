/** How a context ends: its connections in order, as long as there is time, and then whoever is left. */
import { type OptionRules, resolveOptions } from '@lws-ts/interface';
import type { Connection } from './connection.ts';
import { coreErrors } from './errors.ts';
import { lwslNotice } from './log.ts';
import type { Roster } from './roster.ts';
import { TimerEntry, type TimerWheel } from './timer-wheel.ts';

/** What `close` says of the connections it met. */
export interface CloseReport {
  /** Connections that ended in order. */
  readonly closed: number;
  /** Connections that did not end by themselves: cut at the deadline, or at one of their own. */
  readonly cut: number;
  /** How long it took on the context's clock, in ms. */
  readonly elapsedMs: number;
}

/** What `close` can be told. */
export interface CloseOptions {
  /** How long peers get to end in order, in seconds, 0 to 86400; 0 cuts at once. @defaultValue 10 */
  readonly deadlineSecs?: number;
}

/** What ends. */
export interface EndingContext {
  /** Those that are not over. */
  readonly connections: Roster<Connection>;
  readonly wheel: TimerWheel;
  /** Nobody comes in any more. */
  stopAccepting(): void;
  /** No connection is left: all else that the context has ends. */
  dispose(): void;
}

const closeRules: OptionRules<CloseOptions> = {
  deadlineSecs: { kind: 'number', fallback: 10, min: 0, max: 86_400 },
};

export class ContextEnd {
  readonly #context: EndingContext;
  #report: Promise<CloseReport> | undefined = undefined;
  #allGone: (() => void) | undefined = undefined;
  #deadlinePassed = false;
  #cut = 0;

  constructor(context: EndingContext) {
    this.#context = context;
  }

  /** It was asked for. */
  get begun(): boolean {
    return this.#report !== undefined;
  }

  /** Once: a second call gives the first one's report. @throws (rejects) `LWS_ERR_OPTION`, and nothing is closed */
  close(options: CloseOptions): Promise<CloseReport> {
    if (this.#report !== undefined) return this.#report;
    let deadlineSecs: number;
    try {
      const given = options as Readonly<Record<string, unknown>>;
      const resolved = resolveOptions(closeRules, given, 'close()');
      deadlineSecs = resolved['deadlineSecs'] as number;
    } catch (error) {
      return Promise.reject(error as Error);
    }
    // set before anything happens: a handler may call close() too
    let settle = (_report: Promise<CloseReport>): void => undefined;
    this.#report = new Promise((resolve) => {
      settle = resolve;
    });
    settle(this.#run(deadlineSecs));
    return this.#report;
  }

  /** A connection of the context is over, and is none of its connections any more. */
  gone(connection: Connection): void {
    if (this.begun && (this.#deadlinePassed || connection.timeoutReason !== undefined)) this.#cut++;
    if (this.#context.connections.size === 0) this.#allGone?.();
  }

  async #run(deadlineSecs: number): Promise<CloseReport> {
    const { connections, wheel } = this.#context;
    const began = wheel.now;
    this.#context.stopAccepting();
    const met = connections.size;
    for (const connection of connections) connection.close(1001, 'going away');
    if (deadlineSecs > 0 && connections.size > 0) await this.#goneOrDeadline(deadlineSecs * 1000);
    this.#cutAll();
    this.#context.dispose();
    const report = {
      closed: met - this.#cut,
      cut: this.#cut,
      elapsedMs: Math.round(wheel.now - began),
    };
    if (met > 0)
      lwslNotice(`context closed; connections: ${report.closed} ended cleanly, ${report.cut} cut`);
    return report;
  }

  #goneOrDeadline(ms: number): Promise<void> {
    const { wheel } = this.#context;
    return new Promise((resolve) => {
      const expired = (): void => {
        // here and not after the promise: `closed` handlers run in the turn of the deadline
        this.#cutAll();
        resolve();
      };
      const entry = new TimerEntry({ expired });
      wheel.arm(entry, ms);
      this.#allGone = () => {
        wheel.disarm(entry);
        resolve();
      };
    });
  }

  #cutAll(): void {
    this.#deadlinePassed = true;
    for (const connection of this.#context.connections)
      connection.cut(coreErrors.LWS_ERR_SHUTDOWN_CUT);
  }
}
