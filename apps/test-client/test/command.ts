import {
  createContext,
  dumbIncrement,
  type LwsContext,
  lwsMirror,
  permessageDeflate,
} from 'lws-ts';
import { type CommandIo, runTestClient } from '../src/run-test-client.ts';

/** A run of the command, in this process. */
export class Command implements CommandIo {
  stdout = '';
  stderr = '';
  readonly code: Promise<number>;
  #end: () => void = () => undefined;
  readonly #ended: Promise<void>;

  constructor(...args: readonly string[]) {
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.code = runTestClient(args, this);
  }

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }

  ended(): Promise<void> {
    return this.#ended;
  }

  /** As SIGTERM does; gives the exit code. */
  async end(): Promise<number> {
    this.#end();
    return this.code;
  }

  /** Waits until it has printed that, on either stream. */
  async printed(what: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = what.exec(this.stdout) ?? what.exec(this.stderr);
      if (found !== null) return found;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** A server with the protocols of the test server. */
export async function startServer(port = 0): Promise<{ context: LwsContext; port: number }> {
  const context = await createContext({
    vhosts: [
      {
        port,
        interface: '127.0.0.1',
        protocols: [dumbIncrement, lwsMirror],
        extensions: [permessageDeflate()],
      },
    ],
  });
  return { context, port: context.vhosts[0]?.port ?? 0 };
}

/** How many connections a protocol of the server has. */
export function connections(context: LwsContext): number {
  return context.counters.wsi_alive;
}
