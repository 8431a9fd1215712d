export interface Known {
  readonly about: string;
  readonly scenarios: Readonly<Record<string, unknown>>;
  readonly servers: Readonly<Record<string, unknown>>;
  readonly defaultServers: readonly string[];
  readonly defaults: { readonly rounds: number; readonly connections: number };
}

export interface Options {
  readonly benchmark: string;
  readonly servers: readonly string[];
  readonly only: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  /** Undefined: follows from `seconds`. */
  readonly messages: number | undefined;
  readonly connections: number;
  readonly idle: number;
  readonly markdown: boolean;
  readonly profile: boolean;
  readonly help: boolean;
}

export class UsageError extends Error {}
export function parseOptions(
  argv: readonly string[],
  benchmarks: Readonly<Record<string, Known>>,
): Options;
export function usage(benchmarks: Readonly<Record<string, Known>>): string;
