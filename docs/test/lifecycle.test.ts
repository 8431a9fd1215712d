import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, script } from './repository.ts';

const { tableRows } = await script<{
  readonly tableRows: (markdown: string) => readonly (readonly string[])[];
}>('doc-tables.mjs');

test('docs/lifecycle.md has the phases and steps of core', () => {
  const page = readFileSync(join(root, 'docs/lifecycle.md'), 'utf8');
  const source = readFileSync(join(root, 'packages/core/src/phase.ts'), 'utf8');
  const words = (text: string): readonly string[] => text.match(/[a-z]+/g) ?? [];
  const documented = tableRows(page.slice(0, page.indexOf('\n## '))).map(
    ([phase = '', , to = '']) => [words(phase)[0], words(to)],
  );
  const coded = Array.from(source.matchAll(/^ {2}(\w+): \[(.*)\],$/gm), ([, phase, to = '']) => [
    phase,
    words(to),
  ]);
  expect(coded.length).toBeGreaterThan(4);
  expect(documented).toEqual(coded);
});
