import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { script } from './repository.ts';

const { pruneDist } = await script<{ readonly pruneDist: (home: string) => readonly string[] }>(
  'check-pack.mjs',
);
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'prune-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const give = (...files: readonly string[]): void => {
  for (const file of files) {
    mkdirSync(dirname(join(home, file)), { recursive: true });
    writeFileSync(join(home, file), '');
  }
};

test('the declarations that a renamed source left in dist are not packed', () => {
  const outputs = ['.d.ts', '.d.ts.map'];
  give('src/new-name.ts', 'src/framing/index.ts');
  for (const end of outputs)
    give(`dist/new-name${end}`, `dist/old-name${end}`, `dist/framing/index${end}`);
  give('dist/index.js', 'dist/index.js.map', 'dist/shared-framing.js');
  expect(pruneDist(home)).toHaveLength(outputs.length);
  expect(readdirSync(join(home, 'dist')).sort()).toEqual(
    [
      'framing',
      'index.js',
      'index.js.map',
      'shared-framing.js',
      ...outputs.map((end) => `new-name${end}`),
    ].sort(),
  );
  expect(readdirSync(join(home, 'dist/framing'))).toHaveLength(outputs.length);
  expect(pruneDist(home)).toEqual([]);
});

test('a package that was not built is left alone', () => {
  expect(pruneDist(home)).toEqual([]);
});
