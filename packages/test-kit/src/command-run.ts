/** Runs the command of an app in this process, with the streams and the signal that a test gives it. */

/** The command: gives its exit code. Its `io` is `CommandIo` of @lws-ts/cli. */
export type RunCommand = (args: readonly string[], io: CommandRun) => Promise<number>;

export class CommandRun {
  stdout = '';
  stderr = '';
  /** Settles when it has ended. */
  readonly code: Promise<number>;
  #end: () => void = () => undefined;
  readonly #ended: Promise<void>;

  constructor(run: RunCommand, args: readonly string[]) {
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.code = run(args, this);
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
  end(): Promise<number> {
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

  /** The lines of its output, each of them a JSON object. */
  get events(): readonly Readonly<Record<string, unknown>>[] {
    return this.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}
