import type { Child } from './child.d.mts';

/** What one start of the generator does: messages of `size` bytes, `inflight` under way on each connection. */
export interface GeneratorRun {
  readonly port: number;
  readonly connections: number;
  readonly inflight: number;
  readonly size: number;
  readonly text: boolean;
  readonly verify: boolean;
  readonly warmup: number;
  readonly messages: number;
}

export class Skipped extends Error {}
export function buildGenerator(): string;
export function startGenerator(
  binary: string,
  run: GeneratorRun,
  stderr?: 'inherit' | 'ignore',
): Child;
