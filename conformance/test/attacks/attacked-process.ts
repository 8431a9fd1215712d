/** The process of the attacked server: what it refused, what it logged, and how much memory it took for that. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A vhost of the server, in the Host field of who attacks it. */
export type AttackedVhost = 'localhost' | 'patient' | 'deflate' | 'takeover' | 'listed';

/** How much the memory of the server grew, in bytes. */
export interface Growth {
  /** Resident, at most. */
  readonly rss: number;
  /** In use, and no garbage: the heap and what stands outside of it. */
  readonly pinned: number;
}

/** So far. */
export interface Counters {
  /** How often, by error code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Bytes. */
  readonly received: Readonly<Record<AttackedVhost, number>>;
  /** Connections that are there. */
  readonly alive: number;
}

/** Codes, each as often as it was counted in between. */
export function codesAdded({ refused: before }: Counters, { refused: after }: Counters): string[] {
  return Object.entries(after).flatMap(([code, count]) =>
    Array<string>(count - (before[code] ?? 0)).fill(code),
  );
}

const server = fileURLToPath(new URL('attacked-server.mjs', import.meta.url));
const logMs = 1000;

export class AttackedProcess {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #log: () => string;
  #asked = 0;
  readonly #waiting = new Map<number, (answer: unknown) => void>();

  private constructor(child: ChildProcess, port: number, log: () => string) {
    this.port = port;
    this.#child = child;
    this.#log = log;
    child.on('message', ({ id, ...answer }: { id: number }) => {
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    });
  }

  /** @throws with what it said, when it ends instead */
  static async start(): Promise<AttackedProcess> {
    const child = fork(server, [], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let log = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the server ended, and said:\n${log}`);
    });
    // later it may end as it likes
    ended.catch(() => undefined);
    const [first] = (await Promise.race([once(child, 'message'), ended])) as [{ port: number }];
    return new AttackedProcess(child, first.port, () => log);
  }

  async counters(): Promise<Counters> {
    return await this.#ask<Counters>('counters');
  }

  /** Ends what it holds. */
  async letIn(): Promise<void> {
    await this.#ask('letIn');
  }

  /** Looks at the memory from now on. */
  async watch(): Promise<void> {
    await this.#ask('watch');
  }

  /** Since {@link watch}. */
  async watched(): Promise<Growth> {
    return await this.#ask<Growth>('watched');
  }

  /** The lines of the log that tell of `code`, once there is one. @param peer `address:port`, or nothing for any */
  async logged(code: string, peer = ''): Promise<string[]> {
    for (let waited = 0; ; waited += 5) {
      const lines = this.#log().split('\n');
      const found = lines.filter((line) => line.includes(`: ${code} ${peer}`));
      if (found.length > 0 || waited > logMs) return found;
      await sleep(5);
    }
  }

  /** Whether it is still there. */
  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async stop(): Promise<void> {
    if (!this.alive) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(patience);
  }

  #ask<Answer>(ask: 'counters' | 'letIn' | 'watch' | 'watched'): Promise<Answer> {
    const id = ++this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve as (answer: unknown) => void);
      this.#child.send({ id, ask });
    });
  }
}
