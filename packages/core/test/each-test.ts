/**
 * Hooks of what helps tests. A helper is loaded once where test files share a process (vitest.config.ts), and an
 * `afterEach` of its own would be one of the first file alone: vitest.setup.ts registers these again for each file.
 */
import { afterEach, beforeEach } from 'vitest';

interface Hooks {
  readonly before?: () => unknown;
  readonly after?: () => unknown;
}

const known = Symbol.for('lws-ts.each-test');
const registry = globalThis as { [known]?: Hooks[] };

/** `beforeEach` and `afterEach` of each file that runs in this process from now on. */
export function eachTest(hooks: Hooks): void {
  registry[known] ??= [];
  registry[known].push(hooks);
  register(hooks);
}

/** At the beginning of a file: the hooks of helpers that the files before it loaded. */
export function registerHooks(): void {
  for (const hooks of registry[known] ?? []) register(hooks);
}

function register({ before, after }: Hooks): void {
  if (before !== undefined)
    beforeEach(async () => {
      await before();
    });
  if (after !== undefined)
    afterEach(async () => {
      await after();
    });
}
