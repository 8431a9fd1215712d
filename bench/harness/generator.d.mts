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

/** The same for requests that are answered: `size` is that of an answer's body. */
export interface HttpGeneratorRun extends Omit<GeneratorRun, 'text'> {
  readonly path: string;
  readonly body?: string | undefined;
  readonly fields?: readonly string[] | undefined;
}

export class Skipped extends Error {}
export function buildGenerator(name: 'wsload' | 'httpload'): string;
export function startGenerator(
  binary: string,
  run: GeneratorRun,
  stderr?: 'inherit' | 'ignore',
): Child;
export function startHttpGenerator(
  binary: string,
  run: HttpGeneratorRun,
  stderr?: 'inherit' | 'ignore',
): Child;
