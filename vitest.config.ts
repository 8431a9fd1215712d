import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const conditions = ['@lws-ts/source', 'module', 'node', 'development|production'];

// The run has a temporary directory of its own, which goes with all that tests leave in it. This file is read once for
// each project.
if (!tmpdir().includes('lws-ts-run-')) {
  const scratch = mkdtempSync(join(tmpdir(), 'lws-ts-run-'));
  process.env['TMPDIR'] = scratch;
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
}

const here = fileURLToPath(new URL('.', import.meta.url));

/** One project for each folder that has tests, so that `vitest run --project NAME` runs one of them. */
const folders = [
  ...readdirSync(`${here}packages`).map((name) => ({ name, root: `packages/${name}` })),
  ...readdirSync(`${here}apps`).map((name) => ({ name, root: `apps/${name}` })),
  { name: 'conformance', root: 'conformance' },
  { name: 'e2e', root: 'e2e' },
  { name: 'docs', root: 'docs' },
  { name: 'bench', root: 'bench' },
].filter(({ root }) => existsSync(`${here}${root}/test`));

/**
 * Projects whose test files share the processes that run them, and with them the modules: a process of its own costs each
 * file more than a second. What helpers do around each test they say by `eachTest` (packages/core/test/each-test.ts).
 */
const sharing = new Set(['core', 'http', 'http-mounts', 'vfs']);

/** Files that replace modules of Node.js, which others of their process would have too: a project `NAME:mocked` of their own. */
const mocked = '.mocked.test.ts';
const mocking = folders.filter(({ root }) =>
  readdirSync(`${here}${root}/test`, { recursive: true }).some((file) =>
    String(file).endsWith(mocked),
  ),
);

const test = { setupFiles: ['./vitest.setup.ts'], testTimeout: 20_000 };

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // by itself it leaves one processor idle: of two, half
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      ...folders.map(({ name, root }) => ({
        extends: true as const,
        test: {
          ...test,
          name,
          isolate: !sharing.has(name),
          include: [`${root}/test/**/*.test.ts`],
          exclude: [`**/*${mocked}`],
        },
      })),
      ...mocking.map(({ name, root }) => ({
        extends: true as const,
        test: { ...test, name: `${name}:mocked`, include: [`${root}/test/**/*${mocked}`] },
      })),
    ],
    reporters: ['default', './scripts/line-reporter.mjs'],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      reportsDirectory: 'reports/coverage',
      thresholds: { lines: 80, functions: 80, branches: 70, statements: 80 },
    },
  },
});
