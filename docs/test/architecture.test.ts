/** The table of floors in docs/architecture.md says what the packages and the table that lint holds them to say. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, script } from './repository.ts';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
const { floorTable: floors } = await script<{
  floorTable: Readonly<Record<string, { readonly floor: number }>>;
}>('floor-table.mjs');

/** `floor package: outside dependencies`, of each published package. */
function published(): string[] {
  return ['packages', 'apps']
    .flatMap((area) => readdirSync(join(root, area)).map((name) => `${area}/${name}/package.json`))
    .filter((path) => existsSync(join(root, path)))
    .map((path) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest)
    .filter((manifest) => manifest.private !== true)
    .map(({ name, dependencies = {} }) => {
      const outside = Object.keys(dependencies).filter((one) => floors[one] === undefined);
      return `${floors[name]?.floor} ${name}: ${outside.join(', ') || 'none'}`;
    });
}

test('the table has each published package once, with its floor and its outside dependencies', () => {
  const rows = [...text.matchAll(/^\| (\d) +\| `([^`]+)` +\| [^|]+ \| ([^|]+?) +\|$/gm)].map(
    ([, floor, name, outside]) =>
      `${floor} ${name}: ${outside === 'none of its own' ? 'none' : outside}`,
  );
  expect(rows.sort()).toEqual(published().sort());
});
