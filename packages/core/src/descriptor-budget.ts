/**
 * How many connections there is room for: what the process may open, less what it holds beside its connections and
 * what stays free for files. lws: max_fds
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '@lws-ts/interface';

/** Where the figures come from. */
export interface DescriptorSource {
  /** Descriptors that the process may have open; undefined where that is not known. */
  limit(): number | undefined;
  /** Those that it has open. */
  open(): number | undefined;
}

/** What a budget is told. */
export interface DescriptorOptions {
  /** Most connections, whatever the process may open; 0: no such limit. */
  readonly fdLimitPerThread: number;
  /** Descriptors that stay free. */
  readonly fdReserve: number;
}

/** What is open is counted anew so often at most, in ms: a program may open more than it had at the start. */
const COUNT_MS = 1000;
/** Where there are more it takes too long to count them while connections are served. */
const MOST_COUNTED = 65_536;

export class DescriptorBudget {
  readonly #source: DescriptorSource;
  readonly #clock: Clock;
  readonly #options: DescriptorOptions;
  readonly #limit: number | undefined;
  #counted: number;
  #most: number;

  constructor(source: DescriptorSource, clock: Clock, options: DescriptorOptions) {
    this.#source = source;
    this.#clock = clock;
    this.#options = options;
    this.#limit = source.limit();
    this.#counted = clock.now();
    this.#most = this.#count(0);
  }

  /** Connections that there is room for; infinite where no limit is known. */
  get maxConnections(): number {
    return this.#most;
  }

  /** Whether one that was just accepted may stay beside `connections` others. */
  hasRoom(connections: number): boolean {
    this.#countAnew(connections + 1);
    return connections < this.#most;
  }

  /** Whether `count` more may be opened beside `own`. */
  hasRoomFor(count: number, own: number): boolean {
    this.#countAnew(own);
    return own + count <= this.#most;
  }

  #countAnew(own: number): void {
    const now = this.#clock.now();
    if (own * 2 < this.#most || now - this.#counted < COUNT_MS) return;
    this.#counted = now;
    if ((this.#limit ?? 0) <= MOST_COUNTED) this.#most = this.#count(own);
  }

  /** @param own open descriptors that are connections, or of modules */
  #count(own: number): number {
    const { fdLimitPerThread, fdReserve } = this.#options;
    const asked = fdLimitPerThread === 0 ? Number.POSITIVE_INFINITY : fdLimitPerThread;
    if (this.#limit === undefined) return asked;
    const others = Math.max(0, (this.#source.open() ?? 0) - own);
    return Math.min(asked, Math.max(1, this.#limit - others - fdReserve));
  }
}

/** Of this process. Node.js has raised its soft limit to the hard one when it started. */
export const processDescriptors: DescriptorSource = Object.freeze({
  limit: () => limitOfProc() ?? limitOfReport(),
  open: () => countIn('/proc/self/fd') ?? countIn('/dev/fd'),
});

function limitOfProc(): number | undefined {
  try {
    return readLimit(
      /^Max open files +(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1],
    );
  } catch {
    return undefined;
  }
}

/** Where there is no `/proc`; undefined on Windows, which has no such limit. */
function limitOfReport(): number | undefined {
  const report = process.report?.getReport() as
    | { readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } } }
    | undefined;
  return readLimit(report?.userLimits?.open_files?.soft);
}

function readLimit(figure: number | string | undefined): number | undefined {
  const limit = Number(figure);
  return Number.isSafeInteger(limit) && limit > 0 ? limit : undefined;
}

function countIn(directory: string): number | undefined {
  try {
    // one of them is the directory that is read
    return readdirSync(directory).length - 1;
  } catch {
    return undefined;
  }
}
