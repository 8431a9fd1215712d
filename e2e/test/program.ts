/** A program of the repository or of the system as a user starts it, and what it has printed so far. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { missing } from './missing.ts';

const stopMs = 5000;
const patienceMs = 20_000;

/** The main module of a program under `apps/`. */
export function appMain(name: string): string {
  return fileURLToPath(new URL(`../../apps/${name}/dist/main.js`, import.meta.url));
}

/** Why a program under `apps/` cannot be started here; undefined when it can. */
export function appMissing(name: string): string | undefined {
  return existsSync(appMain(name)) ? undefined : missing(`${name} is not built: npm run build`);
}

/** One that runs. */
export class Program {
  printed = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(command: string, ...args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = once(this.#child, 'exit');
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.printed += text;
      });
  }

  /** One under `apps/`. */
  static app(name: string, ...args: readonly string[]): Program {
    return new Program(process.execPath, appMain(name), ...args);
  }

  /** Waits until it has printed that. */
  async until(what: RegExp): Promise<RegExpExecArray> {
    const begun = performance.now();
    for (;;) {
      const found = what.exec(this.printed);
      if (found !== null) return found;
      if (performance.now() - begun > patienceMs)
        throw new Error(`${String(what)} was not printed, but:\n${this.printed}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Tells it, and does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until it has ended by itself; gives its exit code. */
  async end(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  /** Ends it and waits until it is gone; one that ignores the signal is killed. Gives its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const patience = setTimeout(() => this.#child.kill('SIGKILL'), stopMs);
      this.#child.kill(signal);
      await this.#ended;
      clearTimeout(patience);
    }
    return this.#child.exitCode;
  }
}

/** A port that was free a moment ago, for programs that do not take 0. */
export async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };
  listener.close();
  await once(listener, 'close');
  return port;
}
