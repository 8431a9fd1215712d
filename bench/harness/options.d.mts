export interface Known {
  readonly benchmarks: readonly string[];
  readonly scenarios: readonly string[];
  readonly servers: readonly string[];
  readonly defaultServers: readonly string[];
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
  readonly markdown: boolean;
  readonly profile: boolean;
  readonly help: boolean;
}

export class UsageError extends Error {}
export function parseOptions(argv: readonly string[], known: Known): Options;
export function usage(known: Known): string;
