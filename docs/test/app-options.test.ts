/** What the programs say of their options by --help and in their READMEs is the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { helpText as fraggle } from '../../apps/fraggle/src/cli-options.ts';
import { helpText as testClient } from '../../apps/test-client/src/cli-options.ts';
import { helpText as testServer } from '../../apps/test-server/src/cli-options.ts';
import { root } from './repository.ts';

describe.each([
  ['fraggle', fraggle],
  ['test-client', testClient],
  ['test-server', testServer],
] as const)('%s', (app, help) => {
  const readme = readFileSync(join(root, 'apps', app, 'README.md'), 'utf8');

  test('each option of --help has a row in the README, and each row is one of them', () => {
    const helped = help.matchAll(/^ {2}(?:(-\w), | {4})(--[\w-]+)/gm);
    const rows = readme.matchAll(/^\| (?:`(-\w)`, )?`(--[\w-]+)/gm);
    const shown = (found: Iterable<RegExpMatchArray>): string[] =>
      [...found].map(([, letter, name]) => `${letter ?? ''} ${name}`).sort();
    expect(shown(rows)).toEqual(shown(helped));
  });

  test('no line of --help is longer than 100 characters', () => {
    expect(help.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  test('log levels have the same default in both', () => {
    const [, helped] =
      /^ {2}-d, --debug[^(]*\([^)]*\)[^(]*\(default (\d+: [\w,]+)\)/m.exec(help) ?? [];
    const [, mask, names] = /^\| `-d`, .*\| `(\d+)`: ([\w, ]+?) +\|$/m.exec(readme) ?? [];
    expect(`${mask}: ${names?.replaceAll(', ', ',')}`).toBe(helped);
  });
});
