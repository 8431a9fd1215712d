import type { CodedError, HttpExchange } from '@lws-ts/interface';
import type { CgiMount } from '../mount.ts';
import type { CgiProcess } from './cgi-process.ts';
import type { CgiScripts } from './cgi-scripts.ts';
import { CgiWatch } from './cgi-watch.ts';
import { StderrLines } from './stderr-lines.ts';

/** What is told of one run, to the log or to the protocol of its mount: that it runs, its stderr, and its end. */
export class CgiReport {
  /** Its part in the answer is over. */
  #over = false;
  /** Why the answer did not get through. */
  #error: CodedError | undefined = undefined;
  readonly #scripts: CgiScripts;
  readonly #mount: CgiMount;
  readonly #script: CgiProcess;
  #watch: CgiWatch | undefined = undefined;
  /** Its stderr is open. */
  #talking = true;

  constructor(scripts: CgiScripts, mount: CgiMount, script: CgiProcess) {
    this.#scripts = scripts;
    this.#mount = mount;
    this.#script = script;
    const lines = new StderrLines((line) => this.#say(line));
    const { stderr } = script;
    stderr.on('data', (bytes: Uint8Array) => lines.push(bytes));
    stderr.on('end', () => lines.end());
    stderr.on('close', () => {
      this.#talking = false;
      this.settle();
    });
  }

  /** @param refused a handler did not want the script, or did not hold its contract */
  begin(exchange: HttpExchange, pid: number, refused: (error: CodedError) => void): void {
    const { protocol } = this.#mount;
    const { vhost } = exchange.host;
    const bound = protocol === undefined ? undefined : vhost.protocolByName(protocol);
    if (bound === undefined) return;
    this.#watch = new CgiWatch(exchange, this.#mount, bound, pid, refused);
    this.#watch.attached();
  }

  /** @param error why the answer was refused, cut, or for nobody */
  answered(error: CodedError | undefined): void {
    this.#over = true;
    this.#error = error;
    this.settle();
  }

  /** Tells the end, once the script is gone, its stderr is at its end and the answer is judged. */
  settle(): void {
    const watch = this.#watch;
    if (!this.#over || !this.#script.exited || this.#talking || watch === undefined) return;
    this.#watch = undefined;
    const { code, signal } = this.#script;
    this.#scripts.perform(() => watch.terminated({ code, signal, error: this.#error }));
  }

  #say(line: string): void {
    const watch = this.#watch;
    if (watch?.hearsStderr === true) this.#scripts.perform(() => watch.stderr(line));
    else this.#scripts.say(this.#mount, line);
  }
}
