/**
 * Looks at the certificate files of vhosts from time to time, and has them read again when they changed. What was
 * refused is read again each time, and when it becomes valid: it may be good by now without a change of its own.
 */
import { statSync } from 'node:fs';
import type { Clock, LogLevel } from '@lws-ts/interface';
import { NotYetValid } from './errors.ts';
import type { ServingVhost } from './tls-services.ts';

const never = Number.POSITIVE_INFINITY;

/** The files of a vhost as they were last looked at. */
interface Seen {
  readonly state: string;
  /** Why they are not in use. */
  readonly refused: string | undefined;
  /** When they become valid, in ms since 1970; Infinity where that is not why. */
  readonly validAt: number;
}

export class CertificateWatch {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #serving: ReadonlySet<ServingVhost>;
  readonly #log: (level: LogLevel, line: string) => void;
  readonly #seen = new Map<ServingVhost, Seen>();
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
    this.#seen.set(security, {
      state: stateOf(security.files),
      refused: undefined,
      validAt: never,
    });
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
    let ms = this.#everyMs;
    const wall = this.#clock.wallNow();
    // the wall clock may be set: what is far off is not waited for in one go
    for (const { validAt } of this.#seen.values()) ms = Math.min(ms, Math.max(0, validAt - wall));
    this.#cancel = this.#clock.wakeAt(this.#clock.now() + ms, () => this.#look());
  }

  #look(): void {
    for (const [security, before] of this.#seen) {
      if (!this.#serving.has(security)) {
        this.#seen.delete(security);
        continue;
      }
      const state = stateOf(security.files);
      const same = state === before.state;
      if (!same || before.refused !== undefined)
        this.#reload(security, state, same ? before.refused : undefined);
    }
    this.#cancel = undefined;
    if (this.#seen.size > 0) this.#wait();
  }

  /** @param known why the same files were refused before: it is not told again */
  #reload(security: ServingVhost, state: string, known: string | undefined): void {
    const error = security.reload(known);
    const validAt = error instanceof NotYetValid ? error.notBefore : never;
    this.#seen.set(security, { state, refused: error?.message, validAt });
    const of = `vhost ${security.vhostName}`;
    if (error === undefined) this.#log('notice', `${of}: new certificate in use`);
    else if (error.message !== known) {
      const later = validAt === never ? '' : ', and is tried again then';
      this.#log('err', `${error.code} ${of} keeps its certificate: ${error.message}${later}`);
    }
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
