import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: folders.map(({ name, root }) => ({
      extends: true,
      test: {
        name,
        include: [`${root}/test/**/*.test.ts`],
        setupFiles: ['./vitest.setup.ts'],
        testTimeout: 20_000,
      },
    })),
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
