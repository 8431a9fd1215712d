/** Looks at the certificate files of vhosts from time to time, and has them read again when they changed. */
import { statSync } from 'node:fs';
import type { Clock, LogLevel } from '@lws-ts/interface';
import type { ServingVhost } from './tls-services.ts';

export class CertificateWatch {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #serving: ReadonlySet<ServingVhost>;
  readonly #log: (level: LogLevel, line: string) => void;
  readonly #seen = new Map<ServingVhost, string>();
  #cancel: (() => void) | undefined = undefined;
  #over = false;

  constructor(
    clock: Clock,
    everySecs: number,
    serving: ReadonlySet<ServingVhost>,
    log: (level: LogLevel, line: string) => void,
  ) {
    this.#clock = clock;
    this.#everyMs = everySecs * 1000;
    this.#serving = serving;
    this.#log = log;
  }

  /** From now on, if there is anything to look at. */
  begin(security: ServingVhost): void {
    if (this.#everyMs === 0 || security.files.length === 0 || this.#over) return;
    this.#seen.set(security, stateOf(security.files));
    if (this.#cancel === undefined) this.#wait();
  }

  forget(security: ServingVhost): void {
    this.#seen.delete(security);
  }

  end(): void {
    this.#over = true;
    this.#cancel?.();
  }

  #wait(): void {
    this.#cancel = this.#clock.wakeAt(this.#clock.now() + this.#everyMs, () => this.#look());
  }

  #look(): void {
    for (const [security, before] of this.#seen) {
      if (!this.#serving.has(security)) {
        this.#seen.delete(security);
        continue;
      }
      const now = stateOf(security.files);
      if (now === before) continue;
      this.#seen.set(security, now);
      const error = security.reload();
      if (error === undefined)
        this.#log('notice', `vhost ${security.vhostName}: new certificate in use`);
      else
        this.#log(
          'err',
          `${error.code} vhost ${security.vhostName} keeps its certificate: ${error.message}`,
        );
    }
    this.#cancel = undefined;
    if (this.#seen.size > 0) this.#wait();
  }
}

/** Changes when a file does, is replaced, or its link leads elsewhere. */
function stateOf(files: readonly string[]): string {
  return files
    .map((file) => {
      try {
        const { ino, size, mtimeMs } = statSync(file);
        return `${ino} ${size} ${mtimeMs}`;
      } catch {
        return 'none';
      }
    })
    .join();
}
