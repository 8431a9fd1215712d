import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formErrors, mountErrors } from '../src/index.ts';

test('the README has every code with its status, and no other', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const errors = readme.slice(readme.indexOf('## Errors'), readme.indexOf('## lws equivalents'));
  const rows = [...errors.matchAll(/^\| `(LWS_ERR_\w+)` *\| *(\d*) *\|/gm)].map((row) => [
    row[1],
    row[2] === '' ? undefined : Number(row[2]),
  ]);
  expect(new Map(rows as [string, number | undefined][])).toEqual(
    new Map(
      [...Object.values(mountErrors), ...Object.values(formErrors)].map(({ code, status }) => [
        code,
        status,
      ]),
    ),
  );
});
