import type { Sample } from './statistics.d.mts';

export interface NamedSample extends Sample {
  readonly scenario: string;
  readonly server: string;
}

/** What the figures of a run belong to. */
export interface Run {
  readonly benchmark: string;
  readonly command: string;
  readonly date: string;
  readonly commit: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: {
    readonly node: string;
    readonly kernel: string;
    readonly cpuModel: string;
    readonly cpus: number;
  };
  readonly options: {
    readonly rounds: number;
    readonly connections: number;
    readonly profile: boolean;
  };
  readonly loadBefore: readonly number[];
  readonly loadAfter: readonly number[];
}

export type GoalOf = (scenario: string, baseline: string, server: string) => number | undefined;

export function rowsOf(samples: readonly NamedSample[], goalOf: GoalOf, unit?: string): string[][];
export function plainTable(rows: readonly (readonly string[])[]): string;
export function markdownTable(rows: readonly (readonly string[])[]): string;
export function headLines(run: Run): string[];
export function markdown(
  run: Run,
  samples: readonly NamedSample[],
  rows: readonly (readonly string[])[],
): string;
export function jsonLines(run: Run, samples: readonly NamedSample[]): string;
