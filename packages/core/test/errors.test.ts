import { readFileSync } from 'node:fs';
import { coreContextRules, coreErrors, coreVhostRules } from '@lws-ts/core';
import { expect, test } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const section = (from: string, to: string) =>
  readme.slice(readme.indexOf(`## ${from}`), readme.indexOf(`## ${to}`));

test('the README has every code with its status, and no other', () => {
  const rows = [
    ...section('Errors', 'lws equivalents').matchAll(/^\| `(LWS_ERR_\w+)` *\| *(\d*) *\|/gm),
  ].map((row) => [row[1], row[2] === '' ? undefined : Number(row[2])]);
  expect(new Map(rows as [string, number | undefined][])).toEqual(
    new Map(Object.values(coreErrors).map(({ code, status }) => [code, status])),
  );
});

test('the README has every option with its range', () => {
  const rows = [...section('Options', 'Errors').matchAll(/^\| `(\w+)` *\| ([^|]*)\| ([^|]*)\|/gm)];
  const told = new Map(
    rows.map(([, name, , range]) => [name, range?.match(/-?\d+/g)?.map(Number)]),
  );
  for (const name of ['use', 'vhosts', 'deadlineSecs']) expect(told.delete(name)).toBe(true);
  const rules = Object.entries({ ...coreContextRules, ...coreVhostRules });
  expect(told).toEqual(
    new Map(rules.map(([name, rule]) => [name, 'min' in rule ? [rule.min, rule.max] : undefined])),
  );
});
