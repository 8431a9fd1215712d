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

/** The same for connections that come and go. */
export interface VisitsRun {
  readonly port: number;
  readonly connections: number;
  readonly tls: boolean;
  readonly warmup: number;
  readonly messages: number;
}

export class Skipped extends Error {}
export function buildGenerator(name: 'wsload' | 'httpload' | 'visitload' | 'visitload-tls'): string;
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
export function startVisits(binary: string, run: VisitsRun, stderr?: 'inherit' | 'ignore'): Child;
