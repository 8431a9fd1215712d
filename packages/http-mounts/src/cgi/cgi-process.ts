/** One run of a script, in a process group of its own, and the end of that group. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Clock } from '@lws-ts/interface';
import type { CgiMount } from '../mount.ts';
import { childProcess } from '../node-child-process.ts';

/** From the end of the answer to SIGTERM, and from SIGTERM to SIGKILL, in ms. */
const graceMs = 2000;

/** What becomes of a run. */
export interface CgiRunOwner {
  /** It could not be started; `exited` does not follow. */
  failed(error: NodeJS.ErrnoException): void;
  /** Its leader is gone, and waited for. */
  exited(): void;
}

export interface CgiProcessOwner extends CgiRunOwner {
  /** Its leader is gone, and its three pipes too. */
  closed(): void;
}

export class CgiProcess {
  /** Its streams are not there if it was not started. */
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #clock: Clock;
  /** Its leader is gone. */
  exited = false;
  /** The signal that ended its leader. */
  signal: NodeJS.Signals | undefined = undefined;
  /** What its leader said with its end. */
  code: number | undefined = undefined;
  /** Nobody wants more of it. */
  #ending = false;
  /** It may tidy up. */
  #lingering = false;
  #cancel: (() => void) | undefined = undefined;

  /** @throws what `spawn` throws: the system has no room for it */
  constructor(mount: CgiMount, env: Record<string, string>, clock: Clock, owner: CgiProcessOwner) {
    this.#clock = clock;
    // never through a shell: the program is the mount's, and it has no arguments that a peer can choose
    const child = childProcess().spawn(mount.program, [], {
      cwd: mount.cgiWd,
      env,
      detached: true,
      shell: false,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.on('error', (error) => {
      if (child.pid === undefined) owner.failed(error);
    });
    child.on('exit', (code, signal) => {
      this.exited = true;
      this.code = code ?? undefined;
      this.signal = signal ?? undefined;
      if (this.#ending) this.#sweep();
      owner.exited();
    });
    child.on('close', () => owner.closed());
    // a script that reads no more is no error of the server
    child.stdin?.on('error', () => undefined);
    child.stdout?.on('error', () => undefined);
    child.stderr?.on('error', () => undefined);
  }

  /** Undefined: it was not started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get stdin(): ChildProcessWithoutNullStreams['stdin'] {
    return this.#child.stdin;
  }

  get stdout(): ChildProcessWithoutNullStreams['stdout'] {
    return this.#child.stdout;
  }

  get stderr(): ChildProcessWithoutNullStreams['stderr'] {
    return this.#child.stderr;
  }

  /** Its answer is complete: it may tidy up for a moment. */
  linger(): void {
    if (!this.#closeWays()) return;
    this.#lingering = true;
    this.#cancel = this.#after(() => this.#terminate());
  }

  /** SIGTERM to the group, SIGKILL if that is not enough. */
  kill(): void {
    const lingers = this.#lingering && !this.exited;
    if (this.#closeWays() || lingers) this.#terminate();
  }

  /** SIGKILL to the group. */
  killNow(): void {
    this.#closeWays();
    this.#sendGroup('SIGKILL');
  }

  /** False: there is nothing to wait for. */
  #closeWays(): boolean {
    if (this.pid === undefined || this.#ending) return false;
    this.#ending = true;
    this.stdin.destroy();
    this.stdout.destroy();
    if (this.exited) this.#sweep();
    return !this.exited;
  }

  #terminate(): void {
    this.#lingering = false;
    this.#cancel?.();
    this.#sendGroup('SIGTERM');
    this.#cancel = this.#after(() => this.#sendGroup('SIGKILL'));
  }

  /** The leader is gone: what it left behind goes too, and stderr with whoever has left the group. */
  #sweep(): void {
    this.#cancel?.();
    this.#sendGroup('SIGKILL');
    const { stderr } = this;
    stderr.on(
      'close',
      this.#after(() => void stderr.destroy()),
    );
  }

  #after(run: () => void): () => void {
    return this.#clock.wakeAt(this.#clock.now() + graceMs, run);
  }

  #sendGroup(signal: NodeJS.Signals): void {
    const { pid } = this;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // nobody is left in it
    }
  }
}
