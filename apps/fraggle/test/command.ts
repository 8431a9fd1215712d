import { type CommandIo, runFraggle } from '../src/run-fraggle.ts';

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
    this.code = runFraggle(args, this);
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

  /** Waits until it has printed so many characters. */
  async printed(length: number): Promise<void> {
    while (this.stdout.length < length) await new Promise((resolve) => setImmediate(resolve));
  }

  /** What it printed with `--json`. */
  get events(): readonly Readonly<Record<string, unknown>>[] {
    return this.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  of(event: string): readonly Readonly<Record<string, unknown>>[] {
    return this.events.filter((one) => one['event'] === event);
  }
}

/** Starts a server on a port that the system chooses. */
export async function startServer(...args: readonly string[]) {
  const server = new Command('--json', '-p', '0', '-i', '127.0.0.1', ...args);
  await server.printed(1);
  return { server, port: Number(server.events[0]?.['port']) };
}

/** Runs a client to its end. */
export async function runClient(port: number, ...args: readonly string[]): Promise<Command> {
  const client = new Command('-c', '127.0.0.1', '-p', String(port), '--json', ...args);
  await client.code;
  return client;
}
