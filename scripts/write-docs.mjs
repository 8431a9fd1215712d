// Writes docs/errors.md and docs/limits.md from the built packages: `npm run docs:tables`.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  collectTables,
  errorsMarkdown,
  limitsMarkdown,
  publishedPackages,
  readConsequences,
} from './doc-tables.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const tables = await collectTables(
  publishedPackages(root),
  (home, target) => import(pathToFileURL(join(home, target.default))),
);
const limits = join(root, 'docs/limits.md');
const consequences = readConsequences(existsSync(limits) ? readFileSync(limits, 'utf8') : '');
writeFileSync(join(root, 'docs/errors.md'), errorsMarkdown(tables));
writeFileSync(limits, limitsMarkdown(tables, consequences));
execFileSync('biome', ['format', '--write', 'docs/errors.md', 'docs/limits.md'], {
  cwd: root,
  stdio: 'inherit',
});
