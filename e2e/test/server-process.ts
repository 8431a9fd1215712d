/** The test server as a user starts it: a process of its own that prints where it listens. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { missing } from './missing.ts';

/** LWS_E2E_SERVER names another server's main module, to run the same tests on that. */
const main =
  process.env['LWS_E2E_SERVER'] ??
  fileURLToPath(new URL('../../apps/test-server/dist/main.js', import.meta.url));
const startMs = 15_000;
const stopMs = 5000;

/** Why no server can be started here; undefined when one can. */
export function serverMissing(): string | undefined {
  return existsSync(main) ? undefined : missing('the test server is not built: npm run build');
}

/** One running test server. */
export class ServerProcess {
  readonly port: number;
  /** Without a slash at the end. */
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess, url: string) {
    this.port = Number(new URL(url).port);
    this.url = url;
    this.#child = child;
    this.#ended = child.exitCode === null ? once(child, 'exit') : Promise.resolve();
  }

  /**
   * @param port 0 for any that is free
   * @param more arguments, beside those
   */
  static async start(port = 0, more: readonly string[] = []): Promise<ServerProcess> {
    const child = spawn(process.execPath, [main, '-p', String(port), ...more], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    const listening = new Promise<string>((resolve, reject) => {
      const read = (text: string): void => {
        printed += text;
        const url = /https?:\/\/localhost:\d+/.exec(printed);
        if (url !== null) resolve(url[0]);
      };
      child.stdout.setEncoding('utf8').on('data', read);
      child.stderr.setEncoding('utf8').on('data', read);
      child.once('error', reject);
      child.once('exit', (code) => {
        reject(new Error(`the server ended with ${code} and printed:\n${printed}`));
      });
      setTimeout(() => {
        reject(new Error(`the server named no URL in ${startMs} ms and printed:\n${printed}`));
      }, startMs).unref();
    });
    try {
      return new ServerProcess(child, await listening);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  /** Ends it and waits until it is gone; one that ignores the signal is killed. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), stopMs);
    this.#child.kill(signal);
    await this.#ended;
    clearTimeout(patience);
  }
}
